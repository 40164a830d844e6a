"""What Lua's own library cannot ask about files and folders."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile

__all__ = ["absolute", "find", "kind", "list_folder", "make_folders", "remove_tree", "size", "temporary_name"]


def kind(path: str) -> str | None:
    """``file``, ``folder``, ``other``, or nil where there is nothing."""
    if os.path.isdir(path):
        return "folder"
    if os.path.isfile(path):
        return "file"
    return "other" if os.path.exists(path) else None


def size(path: str) -> int:
    """Bytes in a file. Raises OSError."""
    return os.path.getsize(path)


def list_folder(path: str) -> list[str]:
    """Names in a folder, sorted. Raises OSError."""
    return sorted(os.listdir(path))


def find(pattern: str) -> list[str]:
    """Paths that match a shell pattern (``**`` for any folders), sorted."""
    return sorted(glob.glob(pattern, recursive=True))


def absolute(path: str) -> str:
    """The path from the root, with symbolic links resolved."""
    return os.path.realpath(path)


def make_folders(path: str) -> None:
    """Makes a folder and those above it; no error where it is there already. Raises OSError."""
    os.makedirs(path, exist_ok=True)


def remove_tree(path: str) -> None:
    """Removes a folder and everything in it. Raises OSError."""
    shutil.rmtree(path)


def temporary_name() -> str:
    """Path of a new, empty file that only this user can read."""
    handle, path = tempfile.mkstemp()
    os.close(handle)
    return path
