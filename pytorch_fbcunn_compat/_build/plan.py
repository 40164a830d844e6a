"""What is compiled from what, with which flags, for the torch and the compilers at hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch.utils import cpp_extension

from .._native import CUDA_OPERATORS, source_root

STABLE_ABI = ["-DTORCH_TARGET_VERSION=0x020a000000000000ULL", "-DTORCH_STABLE_ONLY"]
# Where no device is seen: the newest that every kernel is written for. Hopper's own instructions need the "a" target.
DEFAULT_CUDA_ARCHITECTURE = "90a"


@dataclass
class Target:
    """One shared library: its file name, sources and flags."""

    name: str
    sources: list[Path]
    compile_flags: list[str] = field(default_factory=list)
    cuda_flags: list[str] = field(default_factory=list)
    link_flags: list[str] = field(default_factory=list)


@dataclass
class Plan:
    """Everything one run of ninja needs."""

    name: str
    source_root: Path
    cxx: str
    nvcc: str | None
    targets: list[Target]


def full_plan() -> Plan:
    """Operators, CUDA operators where nvcc is found, bridge."""
    root = source_root()
    nvcc = find_nvcc()
    targets = [_host(root), _operators(root)]
    if nvcc is not None:
        targets.append(_cuda_operators(root, nvcc))
    targets += [_bridge(root), _handles(root)]
    return Plan("full", root, _cxx(), nvcc, targets)


def bridge_plan() -> Plan:
    """Only what is tied to one torch minor version."""
    root = source_root()
    return Plan("bridge", root, _cxx(), None, [_bridge(root), _handles(root)])


def sanitized_plan() -> Plan:
    """What runs on the CPU, instrumented by AddressSanitizer and UndefinedBehaviorSanitizer (``make asan``)."""
    plan = full_plan()
    targets = [_sanitized(target) for target in plan.targets if target.name != CUDA_OPERATORS]
    return replace(plan, name="sanitized", nvcc=None, targets=targets)


def _sanitized(target: Target) -> Target:
    # Virtual tables of LibTorch's classes are not exported, which the vptr check would need.
    checks = ["-fsanitize=address,undefined", "-fno-sanitize=vptr", "-fno-omit-frame-pointer", "-g1"]
    levels = [flag for flag in target.compile_flags if not flag.startswith("-O")]
    return replace(target, compile_flags=[*levels, "-O1", *checks], link_flags=[*target.link_flags, checks[0]])


def find_nvcc() -> str | None:
    """The CUDA compiler: ``$CUDA_HOME/bin/nvcc``, else the one on PATH, else None."""
    home = os.environ.get("CUDA_HOME")
    if home and (Path(home) / "bin" / "nvcc").is_file():
        return str(Path(home) / "bin" / "nvcc")
    return shutil.which("nvcc")


def _cxx() -> str:
    return os.environ.get("CXX") or shutil.which("g++") or shutil.which("c++") or "g++"


def _common() -> list[str]:
    includes = [f"-isystem{path}" for path in cpp_extension.include_paths()]
    abi = int(torch.compiled_with_cxx11_abi())
    return ["-O3", "-fPIC", "-std=c++20", "-fvisibility=hidden", f"-D_GLIBCXX_USE_CXX11_ABI={abi}", *includes]


def _link(*libraries: str) -> list[str]:
    folder = Path(torch.__file__).resolve().parent / "lib"
    # Python loads libtorch RTLD_LOCAL, so each library must name what it needs itself.
    names = [f"-l{name}" for name in libraries]
    return [f"-L{folder}", f"-Wl,-rpath,{folder}", "-Wl,--no-as-needed", *names, *_standard_library()]


def _standard_library() -> list[str]:
    """The libstdc++ that torch runs with, where the compiler has none but an archive.

    A second copy of it inside a library crashes in the first stream that is handed to torch (seen with GCC 13.3 on
    Ubuntu 24.04 without libstdc++.so).
    """
    asked = [_cxx(), "-print-file-name=libstdc++.so"]
    found = subprocess.run(asked, capture_output=True, text=True).stdout.strip()
    maps = Path("/proc/self/maps")  # torch is loaded
    if Path(found).is_absolute() or not maps.is_file():
        return []
    loaded = {line.split()[-1] for line in maps.read_text().splitlines() if "/libstdc++.so." in line}
    return sorted(loaded)[:1]


def _host(root: Path) -> Target:
    # Knows neither torch nor Python: LuaJIT's functions reach it as pointers.
    flags = ["-O2", "-fPIC", "-std=c++17", "-Wall", "-Wextra"]
    return Target("libfbcunn_host.so", sorted((root / "host").glob("*.cpp")), flags, link_flags=["-lpthread"])


def _operators(root: Path) -> Target:
    return Target(
        "libfbcunn.so",
        sorted((root / "ops").glob("**/*.cpp")),
        compile_flags=["-Wall", "-Wno-unused-function", *_common(), *STABLE_ABI],
        link_flags=_link("torch_cpu", "c10"),
    )


def _cuda_operators(root: Path, nvcc: str) -> Target:
    toolkit = _toolkit(nvcc)
    includes = [f"-isystem{path}" for path in _cuda_includes(toolkit)]
    architectures = _architectures(nvcc)
    targets = [_gencode(architecture) for architecture in architectures]
    if "90a" in architectures:
        targets.append("-DFBCUNN_WGMMA")  # csrc/cuda/fft/frequency_wgmma.cuh
    # With a CPU build of torch the library is compiled and linked for its errors, but cannot be loaded; not optimised,
    # it takes a tenth of the time.
    cuda_torch = torch.version.cuda is not None
    level = ["-O3", "-lineinfo"] if cuda_torch else ["-O1", "-Xcicc", "-O1", "-Xptxas", "-O0"]
    cuda = [*level, "-std=c++20", "--expt-relaxed-constexpr", "-Xcompiler", "-fPIC,-fvisibility=hidden"]
    libraries = ["torch_cpu", "c10"] + (["torch_cuda", "c10_cuda"] if cuda_torch else [])
    static = [str(path) for path in _static_cudart(toolkit)]
    undefined = [] if cuda_torch else ["-Wl,--unresolved-symbols=ignore-all"]
    return Target(
        "libfbcunn_cuda.so",
        sorted((root / "cuda").glob("**/*.cu")) + sorted((root / "cuda").glob("**/*.cpp")),
        compile_flags=["-Wall", "-Wno-unused-function", *_common(), *STABLE_ABI, "-DUSE_CUDA", *includes],
        cuda_flags=[*cuda, *targets, *(f"-I{path}" for path in _cuda_includes(toolkit))],
        link_flags=[*_link(*libraries), *static, "-lrt", "-lpthread", "-ldl", *undefined],
    )


def _toolkit(nvcc: str) -> Path:
    """The CUDA toolkit's root as nvcc itself names it (the program found may be a wrapper script)."""
    said = subprocess.run([nvcc, "--dryrun", "-x", "cu", "-c", os.devnull], capture_output=True, text=True).stderr
    for line in said.splitlines():
        if line.startswith("#$ TOP="):
            return Path(line.removeprefix("#$ TOP=").strip()).resolve()
    return Path(nvcc).resolve().parent.parent


def _cuda_includes(toolkit: Path) -> list[Path]:
    """Headers of the toolkit, and of pip's nvidia-cufft / nvidia-cublas where the toolkit lacks them."""
    site = Path(sysconfig.get_paths()["purelib"]) / "nvidia"
    candidates = [
        toolkit / "include",
        toolkit / "targets" / "x86_64-linux" / "include",
        *sorted(site.glob("*/include")),
    ]
    return [path for path in candidates if path.is_dir()]


def _static_cudart(toolkit: Path) -> list[Path]:
    for folder in (toolkit / "lib64", toolkit / "targets" / "x86_64-linux" / "lib", toolkit / "lib"):
        if (folder / "libcudart_static.a").is_file():
            return [folder / "libcudart_static.a"]
    raise FileNotFoundError(f"libcudart_static.a is not in the CUDA toolkit {toolkit}")


def _gencode(architecture: str) -> str:
    return f"-gencode=arch=compute_{architecture},code=sm_{architecture}"


def _architectures(nvcc: str) -> list[str]:
    """``$FBCUNN_CUDA_ARCH`` (such as ``80;90a``), else those of this machine's devices, as far as nvcc knows them."""
    wanted = os.environ.get("FBCUNN_CUDA_ARCH", "").split(";")
    if wanted == [""]:
        wanted = _device_architectures() or [DEFAULT_CUDA_ARCHITECTURE]
    listed = subprocess.run([nvcc, "--list-gpu-arch"], capture_output=True, text=True, check=True).stdout.split()
    known = {name.removeprefix("compute_") for name in listed}
    supported = [name for name in wanted if name.rstrip("af") in known]
    if not supported:
        raise RuntimeError(f"{nvcc} supports none of the architectures {wanted}; set FBCUNN_CUDA_ARCH, e.g. to 90a")
    return supported


def _device_architectures() -> list[str]:
    if not torch.cuda.is_available():
        return []
    capabilities = {torch.cuda.get_device_capability(i) for i in range(torch.cuda.device_count())}
    return [f"{major}{minor}{'a' if major >= 9 else ''}" for major, minor in sorted(capabilities)]


def _bridge(root: Path) -> Target:
    # Entries are marked as outermost frames; a cold part split off would lose the mark. Whole-number elements wrap.
    flags = ["-Wall", *_common(), "-fvisibility=default", "-fno-reorder-blocks-and-partition", "-fwrapv"]
    return Target(
        "libfbcunn_lua.so",
        sorted((root / "bridge").glob("*.cpp")),
        [*flags, *_openmp()],
        link_flags=_link("torch_cpu", "c10"),
    )


def _openmp() -> list[str]:
    """What makes at::parallel_for use threads: without it the loops run on one.

    The OpenMP library is not linked: its functions are found through libtorch_cpu, in the library that torch itself uses,
    whatever its file name. A second one would bring a second pool of threads. Clang calls another library's functions.
    """
    said = subprocess.run([_cxx(), "--version"], capture_output=True, text=True).stdout
    return [] if "clang" in said else ["-fopenmp"]


def _handles(root: Path) -> Target:
    python = f"-isystem{sysconfig.get_paths()['include']}"
    return Target(
        f"_fbcunn_handles{sysconfig.get_config_var('EXT_SUFFIX')}",
        sorted((root / "bridge" / "python").glob("*.cpp")),
        ["-Wall", *_common(), "-fvisibility=default", python],
        link_flags=_link("torch_python", "torch_cpu", "c10"),
    )
