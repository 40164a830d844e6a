"""HDF5 files for the Lua package hdf5, through h5py. Indices are Python's; Lua's are converted on the Lua side.

Every function raises ImportError, with the command to run, where h5py is not installed.
"""

from __future__ import annotations

import importlib
from typing import Any

from ..objects import LuaTable

__all__ = ["append", "children", "close", "describe", "flush", "open_file", "read", "write"]

_files: dict[int, Any] = {}
_last_file = 0

# Kinds of numbers that no Torch type has, and the one that holds all of theirs.
_WIDER = {"uint16": "int32", "uint32": "int64", "bool": "uint8", "float16": "float32"}


def _h5py() -> Any:
    try:
        return importlib.import_module("h5py")
    except ImportError as missing:
        raise ImportError(
            "the Lua package hdf5 needs h5py, which is not installed: pip install 'pytorch_fbcunn_compat[data]'"
        ) from missing


def open_file(path: str, mode: str | None) -> int:
    """A number for the opened file. Without a mode a file is opened for reading and writing, and made if need be."""
    global _last_file
    h5py = _h5py()
    try:
        file = h5py.File(path, mode or "a")
    except OSError as failure:
        raise OSError(f"hdf5.open: {path}: {failure}") from None
    _last_file += 1
    _files[_last_file] = file
    return _last_file


def _file(number: float) -> Any:
    file = _files.get(int(number))
    if file is None:
        raise ValueError("hdf5: this file is closed")
    return file


def close(number: float) -> None:
    """Closes a file; nothing happens for one that is closed."""
    file = _files.pop(int(number), None)
    if file is not None:
        file.close()


def flush(number: float) -> None:
    """Writes what is buffered."""
    _file(number).flush()


def _torch_dtype(dtype: Any) -> str | None:
    name = dtype.newbyteorder("=").name
    name = _WIDER.get(name, name)
    return name if name in ("uint8", "int8", "int16", "int32", "int64", "float32", "float64") else None


def describe(number: float, path: str) -> tuple[Any, ...]:
    """``"group"``, or ``"dataset"``, size and dtype (None for one that no tensor has); None for nothing."""
    found = _file(number).get(path)
    if found is None:
        return (None,)
    if isinstance(found, _h5py().Group):
        return ("group",)
    return "dataset", list(found.shape or ()), _torch_dtype(found.dtype)


def children(number: float, path: str) -> list[str]:
    """Names in a group."""
    return list(_file(number)[path])


def read(number: float, path: str, ranges: LuaTable | None = None) -> Any:
    """The tensor of a dataset, or of a part: a (first, behind the last) pair for each dimension. Raises TypeError."""
    import numpy
    import torch

    dataset = _file(number)[path]
    dtype = _torch_dtype(dataset.dtype)
    if dtype is None:
        raise TypeError(f"hdf5: {path} holds {dataset.dtype}, for which there is no Torch tensor")
    if ranges is None:
        array = dataset[()]
    else:
        array = dataset[tuple(slice(int(first), int(stop)) for first, stop in ranges.to_list())]
    array = numpy.array(array, dtype=dtype, order="C")  # a copy in the byte order of this machine
    return torch.from_numpy(array.reshape(array.shape or (1,)))


def _storage_options(shape: tuple[int, ...], options: LuaTable | None) -> dict[str, Any]:
    given = options.to_dict() if options is not None else {}
    chosen: dict[str, Any] = {}
    chunk = given.get("chunk")
    if chunk:
        if len(chunk) != len(shape):
            raise ValueError(f"hdf5: chunks of {len(chunk)} dimensions do not fit data of {len(shape)} dimensions")
        chosen["chunks"] = tuple(int(size) for size in chunk)
    if chunk or given.get("extensible"):
        chosen["maxshape"] = (None,) * len(shape)  # what is in chunks can grow
        chosen.setdefault("chunks", True)
    if given.get("deflate") is not None:
        chosen["compression"] = "gzip"
        chosen["compression_opts"] = int(given["deflate"])
    return chosen


def write(number: float, path: str, tensor: Any = None, options: LuaTable | None = None) -> None:
    """Writes a tensor, or makes a group where there is none. Raises ValueError where there is something already."""
    file = _file(number)
    if tensor is None:
        if path not in file:
            file.create_group(path)
        return
    if path in file:
        raise ValueError(f"hdf5: {path} is in the file already; remove it or write to another place")
    array = tensor.detach().cpu().contiguous().numpy()
    file.create_dataset(path, data=array, **_storage_options(array.shape, options))


def append(number: float, path: str, tensor: Any, options: LuaTable | None = None) -> None:
    """Adds the rows of a tensor to a dataset written in chunks, which is made if need be. Raises ValueError."""
    file = _file(number)
    array = tensor.detach().cpu().contiguous().numpy()
    if path not in file:
        chosen = {"maxshape": (None,) * array.ndim, "chunks": True, **_storage_options(array.shape, options)}
        file.create_dataset(path, data=array, **chosen)
        return
    dataset = file[path]
    if dataset.chunks is None or dataset.maxshape[0] is not None:
        raise ValueError(f"hdf5: {path} cannot grow: it was not written in chunks (DataSetOptions:setChunked)")
    if dataset.shape[1:] != array.shape[1:]:
        raise ValueError(
            f"hdf5: rows of size {array.shape[1:]} cannot be appended to {path}, whose rows are {dataset.shape[1:]}"
        )
    rows = dataset.shape[0]
    dataset.resize(rows + array.shape[0], axis=0)
    dataset[rows:] = array
