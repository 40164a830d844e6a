"""Lua scripts as Python scripts: `port_scripts` reads them (nothing is run) and writes train.py and a report."""

from __future__ import annotations

import dataclasses
import secrets
import shutil
from pathlib import Path

from ..spec import PortError
from .inventory import MISSING, Call, inventory
from .report import html_report
from .source import Script
from .translator import Translator

__all__ = ["PortedScript", "PortedScripts", "port_scripts"]


@dataclasses.dataclass
class PortedScript:
    """The Python script for a Lua one.

    Attributes:
        target: its file name; empty if the Lua text could not be read.
        text: its source.
        translated: number of statements that are translated.
        quoted: line and reason of each one that is quoted.
    """

    target: str
    text: str
    translated: int
    quoted: list[tuple[int, str]]


@dataclasses.dataclass
class PortedScripts:
    """What `port_scripts` made of a script or folder."""

    source: str
    scripts: dict[str, PortedScript]
    calls: list[Call]

    @property
    def summary(self) -> str:
        quoted = sum(len(script.quoted) for script in self.scripts.values())
        translated = sum(script.translated for script in self.scripts.values())
        missing = len({call.name for call in self.calls if call.runs == MISSING})
        return (
            f"{len(self.calls)} calls of {len({call.name for call in self.calls})} functions, {missing} of which the "
            f"bridge does not have; {translated} statements translated, {quoted} quoted"
        )


def port_scripts(path: Path, folder: Path) -> PortedScripts:
    """Writes train.py for a script, or a .py file for each script below a folder, and report.html.

    Raises:
        PortError: there is no script, or the text of the only one is not Lua; names the line.
        OSError.
    """
    if folder.is_file():
        raise PortError(f"{folder} is a file; name the folder to write")
    files = sorted(path.rglob("*.lua")) if path.is_dir() else [path]
    if not files:
        raise PortError(f"{path}: the folder has no .lua files")
    names = {file: str(file.relative_to(path)) if path.is_dir() else file.name for file in files}
    scripts = {file: Script(file) for file in files}
    made = {}
    for file, script in list(scripts.items()):
        if wrong := script.errors():
            if not path.is_dir():
                raise PortError(f"{file}:{wrong[0]}: the text is not Lua")
            made[names[file]] = PortedScript("", "", 0, [(wrong[0], "the text is not Lua; no script was made of it")])
            del scripts[file]
            continue
        target = str(Path(names[file]).with_suffix(".py")) if path.is_dir() else "train.py"
        translator = Translator(script, folder / target)
        text = translator.translate()
        made[names[file]] = PortedScript(target, text, translator.translated, translator.quoted)
    calls = inventory(scripts.values(), {script: names[file] for file, script in scripts.items()})
    ported = PortedScripts(path.name or str(path), made, calls)
    _write(ported, folder)
    return ported


def _write(ported: PortedScripts, folder: Path) -> None:
    """All files or none."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.tmp")
    temporary.mkdir()
    try:
        for script in filter(lambda script: script.target, ported.scripts.values()):
            (temporary / script.target).parent.mkdir(parents=True, exist_ok=True)
            (temporary / script.target).write_text(script.text)
        (temporary / "report.html").write_text(html_report(ported))
        for made in sorted(path for path in temporary.rglob("*") if path.is_file()):
            target = folder / made.relative_to(temporary)
            target.parent.mkdir(parents=True, exist_ok=True)
            made.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
