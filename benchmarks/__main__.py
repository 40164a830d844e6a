"""``python -m benchmarks [NAME …]``: runs benchmarks one after another; without names, those that need no GPU."""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
NOT_BENCHMARKS = {"__init__", "__main__", "report"}


def scripts() -> dict[str, str]:
    """Name of each benchmark → the first line of its description."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        if path.stem not in NOT_BENCHMARKS:
            found[path.stem] = (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]
    return found


def main() -> int:
    """Runs the benchmarks named; returns the number of those that failed."""
    known = scripts()
    listing = "\n".join(f"  {name:<16}{text}" for name, text in known.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"{__doc__}\n\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks to run")
    names = parser.parse_args().names or [name for name in known if not name.startswith("conv_")]
    for name in names:
        if name not in known:
            parser.error(f"no benchmark is called {name}; there are {', '.join(known)}")
    failed = 0
    for name in names:
        print(f"== {name}: {known[name]}", file=sys.stderr)
        failed += subprocess.run([sys.executable, str(FOLDER / f"{name}.py")]).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
