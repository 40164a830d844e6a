"""What tuning found, in memory and on disk.

The file is JSON: environment → problem → passes. It is read once, merged and replaced under a lock, so that
concurrent processes neither tear it nor lose each other's entries. ``FBCUNN_TUNE_CACHE`` names another file; set to
nothing it keeps results in memory only.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

logger = logging.getLogger("pytorch_fbcunn_compat.tuner")
FORMAT = 1


def cache_file() -> Path | None:
    """Where results are kept, or None when ``FBCUNN_TUNE_CACHE`` is set to nothing."""
    named = os.environ.get("FBCUNN_TUNE_CACHE")
    if named is not None:
        return Path(named).expanduser() if named else None
    root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(root).expanduser() / "fbcunn" / "tune.json"


@functools.cache
def environment(device: str, index: int) -> str:
    """What timings depend on: device, driver and library versions."""
    from pytorch_fbcunn_compat import __version__

    parts = [f"fbcunn {__version__}", f"torch {torch.__version__}"]
    if device == "cuda":
        parts += [
            torch.cuda.get_device_name(index),
            f"driver {_driver_version()}",
            f"CUDA {torch.version.cuda}",
            f"cuDNN {torch.backends.cudnn.version()}",
        ]
    else:
        parts += [torch.backends.cpu.get_cpu_capability(), f"{torch.get_num_threads()} threads"]
    return ", ".join(parts)


def _driver_version() -> str:
    """Version of the NVIDIA driver, as the kernel module says it or else as nvidia-smi does."""
    with contextlib.suppress(OSError):
        found = re.search(r"Kernel Module.*?(\d+\.\d+(?:\.\d+)?)", Path("/proc/driver/nvidia/version").read_text())
        if found:
            return found[1]
    with contextlib.suppress(OSError):
        query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
        answer = subprocess.run(query, capture_output=True, text=True).stdout.split()
        if answer:
            return answer[0]
    return "unknown"


def read(path: Path) -> dict[str, Any]:
    """Entries of a cache file; an absent or unreadable one is empty, and said so at debug level."""
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        logger.debug("tuning cache %s is ignored: %s", path, error)
        return {}
    if not isinstance(found, dict) or found.get("format") != FORMAT or not isinstance(found.get("entries"), dict):
        logger.debug("tuning cache %s is of another format and is ignored", path)
        return {}
    return found["entries"]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    import fcntl

    with open(path.with_name(path.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def merge(path: Path, env: str, key: str, entry: dict[str, Any]) -> None:
    """Adds the passes of one problem to the file; a file that cannot be written is said at debug level."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path):
            entries = read(path)
            entries.setdefault(env, {}).setdefault(key, {}).update(entry)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
            try:
                with os.fdopen(handle, "w") as file:
                    json.dump({"format": FORMAT, "entries": entries}, file, indent=1)
                os.replace(temporary, path)
            except BaseException:
                os.unlink(temporary)
                raise
    except OSError as error:
        logger.debug("tuning cache %s was not written: %s", path, error)
