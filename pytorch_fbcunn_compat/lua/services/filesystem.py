"""File attributes, folders, links and locks for the Lua packages lfs and pl.

Functions that change something answer True, or ``(None, message, errno)`` where the operating system refuses.
Paths come and go as bytes where the runtime has no encoding.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from typing import Any

if sys.platform != "win32":
    import fcntl

__all__ = [
    "attributes",
    "change_folder",
    "current_folder",
    "entries",
    "entry_kinds",
    "link",
    "lock_range",
    "make_folder",
    "read_link",
    "remove_folder",
    "set_times",
]

_KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "link",
    stat.S_IFSOCK: "socket",
    stat.S_IFIFO: "named pipe",
    stat.S_IFCHR: "char device",
    stat.S_IFBLK: "block device",
}

# Names and meanings of the attributes are those of LuaFileSystem; times are whole seconds there.
_ATTRIBUTES: dict[str, Callable[[os.stat_result], Any]] = {
    "dev": lambda s: s.st_dev,
    "ino": lambda s: s.st_ino,
    "mode": lambda s: _KINDS.get(stat.S_IFMT(s.st_mode), "other"),
    "nlink": lambda s: s.st_nlink,
    "uid": lambda s: s.st_uid,
    "gid": lambda s: s.st_gid,
    "rdev": lambda s: getattr(s, "st_rdev", 0),
    "access": lambda s: int(s.st_atime),
    "modification": lambda s: int(s.st_mtime),
    "change": lambda s: int(s.st_ctime),
    "size": lambda s: s.st_size,
    "permissions": lambda s: stat.filemode(s.st_mode)[1:],
    "blocks": lambda s: getattr(s, "st_blocks", 0),
    "blksize": lambda s: getattr(s, "st_blksize", 0),
}

_EXACT = 2**53


def _refusal(error: OSError) -> tuple[None, str, int | None]:
    return None, error.strerror or str(error), error.errno


def _attempt(function: Callable[..., Any], *args: Any) -> Any:
    try:
        function(*args)
    except OSError as failure:
        return _refusal(failure)
    return True


def _number(value: Any) -> Any:
    # Inode and device numbers of some file systems use all 64 bits; the nearest Lua number still tells files apart.
    return float(value) if isinstance(value, int) and not -_EXACT <= value <= _EXACT else value


def attributes(path: str, name: str | None, follow: bool) -> Any:
    """One attribute, or a dict of all; of the link itself unless ``follow``. Raises LookupError for an unknown name."""
    try:
        found = os.stat(path, follow_symlinks=follow)
    except OSError as failure:
        return _refusal(failure)
    if name is not None:
        if name not in _ATTRIBUTES:
            raise LookupError(f"invalid attribute name '{name}'")
        return _number(_ATTRIBUTES[name](found))
    return {key: _number(get(found)) for key, get in _ATTRIBUTES.items()}


def read_link(path: str) -> Any:
    """Where a symbolic link points."""
    try:
        return os.readlink(path)
    except OSError as failure:
        return _refusal(failure)


def entries(path: str) -> Any:
    """Names in a folder without ``.`` and ``..``, each followed by a zero byte, in the folder's own order."""
    try:
        return b"".join(name + b"\0" for name in os.listdir(os.fsencode(path)))
    except OSError as failure:
        return _refusal(failure)


def entry_kinds(path: str) -> Any:
    """As `entries`, and a string with ``d`` for each folder, ``l`` for a link to a folder, ``f`` for the others."""
    names, kinds = [], []
    try:
        with os.scandir(os.fsencode(path)) as scan:
            for entry in scan:
                names.append(entry.name + b"\0")
                folder = entry.is_dir()
                kinds.append(("l" if entry.is_symlink() else "d") if folder else "f")
    except OSError as failure:
        return _refusal(failure)
    return b"".join(names), "".join(kinds)


def current_folder() -> Any:
    """The working directory."""
    try:
        return os.getcwd()
    except OSError as failure:
        return _refusal(failure)


def change_folder(path: str) -> Any:
    """Changes the working directory of the whole process."""
    return _attempt(os.chdir, path)


def make_folder(path: str) -> Any:
    """Makes one folder."""
    return _attempt(os.mkdir, path)


def remove_folder(path: str) -> Any:
    """Removes an empty folder."""
    return _attempt(os.rmdir, path)


def link(target: str, name: str, symbolic: bool) -> Any:
    """Makes a link called ``name``."""
    return _attempt(os.symlink if symbolic else os.link, target, name)


def set_times(path: str, access: float | None, modification: float | None) -> Any:
    """Sets the times of a file in seconds; both become the present one where none is given."""
    return _attempt(os.utime, path, None if access is None else (access, modification))


def lock_range(descriptor: int, kind: str, start: int, length: int) -> Any:
    """Locks (``r`` shared, ``w`` exclusive) or unlocks (``u``) bytes of an open file without waiting."""
    if sys.platform == "win32":
        return None, "lfs.lock is not supported on Windows", None
    command = {"r": fcntl.LOCK_SH | fcntl.LOCK_NB, "w": fcntl.LOCK_EX | fcntl.LOCK_NB, "u": fcntl.LOCK_UN}[kind]
    return _attempt(fcntl.lockf, int(descriptor), command, int(length), int(start), os.SEEK_SET)
