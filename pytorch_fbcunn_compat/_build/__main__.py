"""``python -m pytorch_fbcunn_compat._build [--bridge | --sanitize] [--out DIR]``: builds for the torch at hand."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import BuildError, bridge_plan, full_plan, run, sanitized_plan


def main() -> int:
    package = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(prog="python -m pytorch_fbcunn_compat._build", description=__doc__)
    checkout = (package.parent / "setup.py").is_file()
    build = package.parent / "build" if checkout else package / "_lib"
    parser.add_argument("--out", type=Path, help="folder of the libraries (default: where they are loaded from)")
    parser.add_argument("--objects", type=Path, help=f"folder of object files (default: below {build})")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--bridge", action="store_true", help="only the bridge, not the operators")
    kind.add_argument(
        "--sanitize", action="store_true", help="what runs on the CPU, with AddressSanitizer, into build/sanitized"
    )
    parser.add_argument("--verbose", action="store_true", help="print every command")
    options = parser.parse_args()
    if options.sanitize:
        make, out, objects = sanitized_plan, build / "sanitized", build / "sanitized" / "objects"
    else:
        make, out, objects = bridge_plan if options.bridge else full_plan, package / "_lib", build / "objects"
    try:
        run(make(), options.out or out, objects=options.objects or objects, verbose=options.verbose)
    except BuildError as error:
        print(f"build: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
