"""Builds the native libraries and ships the Lua packages and C++ sources inside the wheel."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
PACKAGE = "pytorch_fbcunn_compat"


def version() -> str:
    """The version stated in the package."""
    text = (ROOT / PACKAGE / "__init__.py").read_text()
    return re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE).group(1)


class BuildLibraries(build_ext):
    """Runs the package's own build in place of setuptools' compiler calls."""

    def run(self) -> None:
        sys.path.insert(0, str(ROOT))
        try:
            from pytorch_fbcunn_compat import _build
        except ModuleNotFoundError as error:
            raise SystemExit(
                f"{error.name} must be installed first: pip install torch ninja, "
                "then pip install --no-build-isolation . (the Makefile does both)"
            ) from error
        inplace = self.inplace or self.editable_mode
        root = ROOT if inplace else Path(self.build_lib).resolve()
        _build.run(_build.full_plan(), root / PACKAGE / "_lib", objects=ROOT / "build" / "objects")


def data_packages() -> dict[str, str]:
    """Folders outside the package that travel in it as data."""
    return {f"{PACKAGE}._rocks": "lua", f"{PACKAGE}._csrc": "csrc"}


setup(
    version=version(),
    packages=[*find_packages(include=[PACKAGE, f"{PACKAGE}.*"]), *data_packages()],
    package_dir=data_packages(),
    package_data={f"{PACKAGE}._rocks": ["**/*.lua"], f"{PACKAGE}._csrc": ["**/*"], PACKAGE: ["_lib/*.so", "**/*.json"]},
    # Named so that wheels are tagged for this Python and platform; BuildLibraries compiles the real sources.
    ext_modules=[Extension(f"{PACKAGE}._native_libraries", sources=[])],
    cmdclass={"build_ext": BuildLibraries},
)
