"""Finds, checks and loads the native libraries.

The operator libraries use LibTorch's stable ABI and serve any torch from 2.10 on. The bridge is tied to one torch
minor version: loaded with another it would dispatch to wrong functions without a word. Its file therefore carries a
stamp that is read before it is loaded, and a bridge for the torch at hand is compiled into a cache when the stamp
differs.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.machinery
import importlib.metadata
import importlib.util
import os
import re
import sys
import sysconfig
import threading
from pathlib import Path
from types import ModuleType

PACKAGE = Path(__file__).resolve().parent
# The variable names a folder of libraries built in another way: python -m pytorch_fbcunn_compat._build --sanitize.
LIBRARY_FOLDER = Path(os.environ.get("FBCUNN_LIBRARIES") or PACKAGE / "_lib")
BRIDGE = "libfbcunn_lua.so"
OPERATORS = "libfbcunn.so"
HOST = "libfbcunn_host.so"
CUDA_OPERATORS = "libfbcunn_cuda.so"
STAMP = re.compile(rb"FBCUNN_BRIDGE_TORCH=([0-9A-Za-z.+_-]+)\0")

_lock = threading.RLock()


class NativeLibraryError(ImportError):
    """A native library is missing or does not fit the torch at hand; the message says what to run."""


def torch_minor() -> str:
    """Version of the installed torch as ``major.minor``.

    torch itself is not imported for it: that takes longer than everything else `th` does before a script's first line.
    """
    version = sys.modules["torch"].__version__ if "torch" in sys.modules else importlib.metadata.version("torch")
    return ".".join(version.split(".")[:2])


def stamp_of(library: Path) -> str | None:
    """The torch version a bridge was built for, read from its file; None where there is no stamp."""
    found = STAMP.search(library.read_bytes())
    return found.group(1).decode() if found else None


def handles_name() -> str:
    """File name of the CPython extension for this Python."""
    return f"_fbcunn_handles{sysconfig.get_config_var('EXT_SUFFIX')}"


def _fits(folder: Path) -> bool:
    bridge = folder / BRIDGE
    if not bridge.is_file() or not (folder / handles_name()).is_file():
        return False
    stamp = stamp_of(bridge)
    return stamp is not None and ".".join(stamp.split(".")[:2]) == torch_minor()


def openblas_library() -> str | None:
    """The OpenBLAS of the ``scipy-openblas32`` wheel, for matrix products on processors where torch's MKL is slow."""
    found = importlib.util.find_spec("scipy_openblas32")
    if found is None or not found.submodule_search_locations:
        return None
    library = Path(found.submodule_search_locations[0]) / "lib" / "libscipy_openblas.so"
    return str(library) if library.is_file() else None


def cache_root() -> Path:
    """Where choices and bridges are kept from process to process: ``$FBCUNN_CACHE`` or ``$XDG_CACHE_HOME/fbcunn``."""
    root = os.environ.get("FBCUNN_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "fbcunn"
    )
    return Path(root)


def cache_folder() -> Path:
    """Where a bridge for another torch version is kept."""
    return cache_root() / f"bridge-torch{torch_minor()}-{sysconfig.get_config_var('SOABI')}"


@functools.cache
def bridge_folder() -> Path:
    """Folder of a bridge that fits the installed torch, compiled first when there is none.

    Raises NativeLibraryError when none can be had.
    """
    with _lock:
        for folder in (LIBRARY_FOLDER, cache_folder()):
            if _fits(folder):
                return folder
        found = stamp_of(LIBRARY_FOLDER / BRIDGE) if (LIBRARY_FOLDER / BRIDGE).is_file() else None
        have = f"is built for torch {found}" if found else "is not built"
        print(f"fbcunn: the bridge {have}; compiling it for torch {torch_minor()} (once) …", file=sys.stderr)
        return _compile_bridge(have)


def _compile_bridge(have: str) -> Path:
    from . import _build

    target = cache_folder()
    try:
        _build.run(_build.bridge_plan(), target)
    except (_build.BuildError, OSError) as error:
        raise NativeLibraryError(
            f"the bridge {have}, torch {torch_minor()} is installed, and compiling a new one failed: {error}. "
            f"Install a C++20 compiler and run: python -m pytorch_fbcunn_compat._build"
        ) from error
    if not _fits(target):
        raise NativeLibraryError(f"the bridge compiled into {target} does not carry the stamp of torch {torch_minor()}")
    return target


def bridge_library() -> str:
    """Path of the bridge for the installed torch."""
    return str(bridge_folder() / BRIDGE)


def host_library() -> str:
    """Path of the library that lets Ctrl-C stop compiled Lua code.

    Raises NativeLibraryError when it is missing.
    """
    path = LIBRARY_FOLDER / HOST
    if not path.is_file():
        raise NativeLibraryError(f"{path} is missing; run: python -m pytorch_fbcunn_compat._build")
    return str(path)


def source_root() -> Path:
    """The ``csrc`` folder: beside the package in a checkout, inside it in an installed wheel."""
    for candidate in (PACKAGE.parent / "csrc", PACKAGE / "_csrc"):
        if (candidate / "bridge" / "bridge.h").is_file():
            return candidate
    raise FileNotFoundError(
        f"the C++ sources are neither in {PACKAGE.parent / 'csrc'} nor in {PACKAGE / '_csrc'}; reinstall"
    )


@functools.cache
def bridge_header() -> str:
    """Declarations of the bridge as LuaJIT's ``ffi.cdef`` reads them: the C headers without preprocessor lines."""
    text = "".join((source_root() / "bridge" / name).read_text() for name in ("bridge.h", "layers.h"))
    text = re.sub(r"#ifdef __cplusplus\n.*?#endif\n", "", text, flags=re.DOTALL)
    return "\n".join("" if line.startswith("#") else line for line in text.split("\n"))


@functools.cache
def handles() -> ModuleType:
    """The CPython extension that exchanges tensors with Lua."""
    import torch  # noqa: F401  (its libraries must be loaded first)

    path = bridge_folder() / handles_name()
    loader = importlib.machinery.ExtensionFileLoader("_fbcunn_handles", str(path))
    spec = importlib.util.spec_from_file_location("_fbcunn_handles", path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@functools.cache
def load_operators() -> None:
    """Registers ``fbcunn::*`` with LibTorch: the CPU library, and the CUDA one on a CUDA build of torch with a device.

    A CPU build of torch is not imported for it, since Lua programs need no more than its libraries.
    Raises NativeLibraryError when a library is missing.
    """
    with _lock:
        if "torch" not in sys.modules and not _is_cuda_build():
            ctypes.CDLL(_operator_library(OPERATORS))
            return
        import torch

        torch.ops.load_library(_operator_library(OPERATORS))
        if torch.version.cuda and torch.cuda.is_available():
            torch.ops.load_library(_operator_library(CUDA_OPERATORS))


def _is_cuda_build() -> bool:
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        raise NativeLibraryError("torch is not installed; run: pip install torch")
    return (Path(spec.origin).parent / "lib" / "libtorch_cuda.so").is_file()


def _operator_library(name: str) -> str:
    path = LIBRARY_FOLDER / name
    if not path.is_file():
        raise NativeLibraryError(f"{path} is missing; run: python -m pytorch_fbcunn_compat._build")
    return str(path)
