"""Turns a plan into a ninja file and runs it; a finished library replaces the old one in one step."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .plan import Plan, Target


class BuildError(RuntimeError):
    """A compiler or linker command failed; the message says which library and what to do."""


def run(plan: Plan, out: Path, *, objects: Path | None = None, verbose: bool = False) -> list[Path]:
    """Builds every target of the plan into ``out``; objects go to ``objects`` (``out/objects`` when not given).

    Returns the libraries' paths. Raises BuildError when a command fails.
    """
    objects = objects or out / "objects"
    out.mkdir(parents=True, exist_ok=True)
    objects.mkdir(parents=True, exist_ok=True)
    ninja_file = objects / f"{plan.name}.ninja"
    _write_if_changed(ninja_file, _ninja_text(plan, out))
    command = [_ninja(), "-C", str(objects), "-f", ninja_file.name] + (["-v"] if verbose else [])
    command += ["-j", os.environ.get("MAX_JOBS", str(max(2, os.cpu_count() or 2)))]
    with open(objects / ".lock", "w") as lock:
        # Two builds at once would link each other's half-written objects.
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = subprocess.run(command, stdout=sys.stderr)
    if result.returncode != 0:
        names = ", ".join(target.name for target in plan.targets)
        raise BuildError(
            f"compiling {names} failed (see the compiler's messages above); `fbcunn doctor` lists the tools found"
        )
    return [out / target.name for target in plan.targets]


def _ninja() -> str:
    beside = Path(sys.executable).parent / "ninja"
    found = str(beside) if beside.is_file() else shutil.which("ninja")
    if found is None:
        raise BuildError("ninja is not installed; run: pip install ninja")
    return found


def _write_if_changed(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text() != text:
        path.write_text(text)


def _escape(path: Path | str) -> str:
    return str(path).replace("$", "$$").replace(" ", "$ ").replace(":", "$:")


def _ninja_text(plan: Plan, out: Path) -> str:
    lines = [
        "ninja_required_version = 1.5",
        "rule cxx",
        f"  command = {plan.cxx} -MMD -MF $out.d $flags -c $in -o $out",
        "  depfile = $out.d",
        "  deps = gcc",
        "  description = compile $in",
        "rule link",
        # A running process may have the old file mapped: never write into it.
        f"  command = {plan.cxx} -shared -o $out.new $in $flags && mv -f $out.new $out",
        "  description = link $out",
    ]
    if plan.nvcc is not None:
        lines += [
            "rule nvcc",
            f"  command = {plan.nvcc} -MMD -MF $out.d $flags -c $in -o $out",
            "  depfile = $out.d",
            "  deps = gcc",
            "  description = compile $in",
        ]
    for target in plan.targets:
        lines += _target_lines(plan, target, out)
    return "\n".join(lines) + "\n"


def _target_lines(plan: Plan, target: Target, out: Path) -> list[str]:
    if not target.sources:
        raise BuildError(f"{target.name}: no sources below {plan.source_root}")
    stem = target.name.split(".")[0]
    lines, objects = [], []
    include = f"-I{plan.source_root}"
    for source in target.sources:
        cuda = source.suffix == ".cu"
        name = f"{stem}/{source.relative_to(plan.source_root)}.o"
        objects.append(_escape(name))
        flags = target.cuda_flags if cuda else target.compile_flags
        lines.append(f"build {_escape(name)}: {'nvcc' if cuda else 'cxx'} {_escape(source)}")
        lines.append(f"  flags = {include} {' '.join(flags)}")
    lines.append(f"build {_escape(out / target.name)}: link {' '.join(objects)}")
    lines.append(f"  flags = {' '.join(target.link_flags)}")
    return lines
