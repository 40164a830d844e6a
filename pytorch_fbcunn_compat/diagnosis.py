"""What is installed, what works, what is wrong: the facts behind ``fbcunn doctor``."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import __version__, _native

OK, NOTE, PROBLEM = "ok", "note", "problem"


@dataclass
class Finding:
    """One line of the report: a subject, what was found, and for a problem what to do."""

    subject: str
    text: str
    state: str = OK
    remedy: str = ""


def findings() -> Iterator[Finding]:
    """All findings, in the order in which a reader wants them."""
    yield Finding("pytorch_fbcunn_compat", f"{__version__} at {Path(__file__).resolve().parent}")
    yield Finding("Python", f"{platform.python_version()} at {sys.executable}")
    yield from _torch()
    yield from _packages()
    yield from _libraries()
    yield from _matrix_products()
    yield from _lua()
    yield from _tools()


def _torch() -> Iterator[Finding]:
    try:
        import torch
    except ImportError as error:
        yield Finding("torch", str(error), PROBLEM, "pip install torch")
        return
    minor = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    if minor < (2, 10):
        yield Finding("torch", torch.__version__, PROBLEM, "torch 2.10 or newer is needed: pip install -U torch")
        return
    yield Finding("torch", f"{torch.__version__}, {torch.get_num_threads()} threads, {os.cpu_count()} cores")
    if torch.version.cuda is None:
        yield Finding("CUDA", "this torch is a CPU build", NOTE)
    elif not torch.cuda.is_available():
        yield Finding("CUDA", f"torch is built for CUDA {torch.version.cuda} but finds no device", NOTE)
    else:
        for index in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(index)
            memory = properties.total_memory / 2**30
            yield Finding(
                f"CUDA device {index + 1}",
                f"{properties.name}, {memory:.0f} GiB, compute capability {properties.major}.{properties.minor}",
            )


def _packages() -> Iterator[Finding]:
    for name in ("lupa", "numpy", "tree-sitter", "tree-sitter-lua", "safetensors", "matplotlib", "ninja"):
        try:
            yield Finding(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, "not installed", PROBLEM, f"pip install {name}")


def _libraries() -> Iterator[Finding]:
    rebuild = "python -m pytorch_fbcunn_compat._build"
    for name in (_native.OPERATORS, _native.CUDA_OPERATORS, _native.BRIDGE):
        path = _native.LIBRARY_FOLDER / name
        if path.is_file():
            stamp = f", for torch {_native.stamp_of(path)}" if name == _native.BRIDGE else ""
            yield Finding(name, f"{path.stat().st_size / 2**10:.0f} KiB{stamp}")
        elif name == _native.CUDA_OPERATORS:
            yield Finding(name, "not built: no nvcc was found", NOTE)
        else:
            yield Finding(name, "missing", PROBLEM, rebuild)
    try:
        _native.load_operators()
        _native.handles()
        yield Finding("libraries", f"loaded; bridge from {_native.bridge_folder()}")
    except (ImportError, OSError) as error:
        yield Finding("libraries", str(error), PROBLEM, rebuild)


def _matrix_products() -> Iterator[Finding]:
    """The libraries that products with matrices in Lua use, with the times that decided."""
    import ctypes

    try:
        import torch  # noqa: F401  (the bridge needs its libraries)

        bridge = ctypes.CDLL(str(_native.bridge_library()))
    except (ImportError, OSError):
        return  # reported with the libraries
    bridge.fbl_last_error.restype = ctypes.c_char_p
    bridge.fbl_blas_cache(str(_native.cache_root()).encode())
    openblas = _native.openblas_library()
    if openblas is None:
        yield Finding("OpenBLAS", "not installed; pip install scipy-openblas32 lets it compete", NOTE)
    elif bridge.fbl_blas_load(openblas.encode()) != 0:
        yield Finding("OpenBLAS", bridge.fbl_last_error().decode(), PROBLEM, "pip install -U scipy-openblas32")
    names = ("ATen", "OpenBLAS", "oneDNN")
    for vector, subject in ((0, "matrix times matrix"), (1, "matrix times vector")):
        parts = []
        for element, element_type in (("float", 5), ("double", 6)):
            times, chosen = (ctypes.c_double * len(names))(), (ctypes.c_int * 2)()
            bridge.fbl_blas_choice(element_type, vector, times, chosen)
            timed = ", ".join(f"{name} {time:.2f}" for name, time in zip(names, times, strict=True) if time >= 0)
            parts.append(f"{element} by {names[chosen[0]]} ({timed} ms{', kept' if chosen[1] else ''})")
        yield Finding(subject, "; ".join(parts))
    yield Finding("kept choices", f"in {_native.cache_root()}; FBCUNN_CACHE names another folder")


def _lua() -> Iterator[Finding]:
    try:
        from . import LuaRuntime

        lua = LuaRuntime()
        version = lua.eval("jit.version")
        yield Finding("LuaJIT", f"{version}, GC64, JIT {'on' if lua.eval('(jit.status())') else 'off'}")
        total = lua.execute("require 'torch'; return torch.ones(2, 2):sum()")
        good = total == 4
        yield Finding("Lua torch", "works" if good else f"torch.ones(2, 2):sum() is {total}", OK if good else PROBLEM)
    except Exception as error:  # whatever fails here is the finding
        yield Finding(
            "LuaJIT", f"{type(error).__name__}: {error}", PROBLEM, "see the message; reinstall with make setup"
        )


def _tools() -> Iterator[Finding]:
    for name, arguments, needed_for in (
        ("g++", ["-dumpfullversion"], "rebuilding the bridge for another torch"),
        ("nvcc", ["--version"], "building the CUDA operators"),
    ):
        path = shutil.which(name)
        if path is None:
            yield Finding(name, f"not found; needed only for {needed_for}", NOTE)
            continue
        said = subprocess.run([path, *arguments], capture_output=True, text=True).stdout.strip().splitlines()
        yield Finding(name, f"{said[-1] if said else 'found'} at {path}")
