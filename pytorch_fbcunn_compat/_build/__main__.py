"""``python -m pytorch_fbcunn_compat._build [--bridge] [--out DIR] [--verbose]``: builds for the torch at hand."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import BuildError, bridge_plan, full_plan, run


def main() -> int:
    package = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(prog="python -m pytorch_fbcunn_compat._build", description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=package / "_lib", help="folder of the libraries (default: %(default)s)"
    )
    checkout = (package.parent / "setup.py").is_file()
    objects = package.parent / "build" / "objects" if checkout else package / "_lib" / "objects"
    parser.add_argument("--objects", type=Path, default=objects, help="folder of object files (default: %(default)s)")
    parser.add_argument("--bridge", action="store_true", help="only the bridge, not the operators")
    parser.add_argument("--verbose", action="store_true", help="print every command")
    options = parser.parse_args()
    try:
        run(
            bridge_plan() if options.bridge else full_plan(),
            options.out,
            objects=options.objects,
            verbose=options.verbose,
        )
    except BuildError as error:
        print(f"build: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
