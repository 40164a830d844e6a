"""MATLAB files (version 5 and earlier) for the Lua packages matio and mattorch, through scipy.io.

Every function raises ImportError, with the command to run, where SciPy is not installed.
"""

from __future__ import annotations

import importlib
from typing import Any

from ..objects import LuaObject, LuaTable

__all__ = ["load", "save"]


def _scipy_io() -> Any:
    try:
        return importlib.import_module("scipy.io")
    except ImportError as missing:
        raise ImportError(
            "the Lua packages matio and mattorch need SciPy, which is not installed: "
            "pip install 'pytorch_fbcunn_compat[data]'"
        ) from missing


def _tensor(array: Any) -> Any:
    import numpy
    import torch

    name = array.dtype.newbyteorder("=").name
    name = {"bool": "uint8", "uint16": "int32", "uint32": "int64", "float16": "float32"}.get(name, name)
    if name not in ("uint8", "int8", "int16", "int32", "int64", "float32", "float64"):
        return None
    return torch.from_numpy(numpy.array(array, dtype=name, order="C"))


def _cells(array: Any, as_text: bool) -> Any:
    if array.ndim > 1 and 1 in array.shape:
        array = array.reshape(-1)
    return [_cells(item, as_text) if array.ndim > 1 else _value(item, as_text) for item in array]


def _characters(array: Any, as_text: bool) -> Any:
    import torch

    lines = [str(line) for line in array.reshape(-1)]
    if as_text:
        return "\n".join(lines)
    codes = [[ord(character) for character in line] for line in lines]
    return torch.tensor(codes, dtype=torch.int8) if codes and codes[0] else torch.empty(0, dtype=torch.int8)


def _structs(array: Any, as_text: bool) -> Any:
    found = [{field: _value(item[field], as_text) for field in array.dtype.names} for item in array.reshape(-1)]
    return found[0] if len(found) == 1 else found


def _value(value: Any, as_text: bool) -> Any:
    import scipy.sparse

    if scipy.sparse.issparse(value):
        value = value.toarray()
    if value.dtype.names:
        return _structs(value, as_text)
    if value.dtype == object:
        return _cells(value, as_text)
    if value.dtype.kind in "US":
        return _characters(value, as_text)
    tensor = _tensor(value)
    if tensor is None:
        raise TypeError(f"there is no Torch tensor for MATLAB data of type {value.dtype}")
    return tensor


def load(path: str, names: LuaTable | None, as_text: bool) -> dict[str, Any]:
    """Variables of a file by name: matrices as tensors, structs as dicts, cells as lists, text as ``as_text`` says.

    Only variables with a name in the list are read when there is one. Raises OSError, and ValueError for other files.
    """
    scipy_io = _scipy_io()
    wanted = [str(name) for name in names.to_list()] if names is not None else None
    try:
        found = scipy_io.loadmat(path, variable_names=wanted, mat_dtype=False)
    except NotImplementedError:
        raise ValueError(f"{path} is a MATLAB 7.3 file, which is HDF5: read it with the package hdf5") from None
    except (ValueError, TypeError) as failure:
        raise ValueError(f"{path} is not a MATLAB file: {failure}") from None
    return {name: _value(value, as_text) for name, value in found.items() if not name.startswith("__")}


def _plain(value: Any, where: str) -> Any:
    import numpy

    if isinstance(value, LuaTable):
        items = dict(value.items())
        if items and all(isinstance(key, (int, float)) for key in items):
            cells = numpy.empty((1, len(items)), dtype=object)
            for position, key in enumerate(sorted(items)):
                cells[0, position] = _plain(items[key], f"{where}[{key}]")
            return cells
        return {str(key): _plain(item, f"{where}.{key}") for key, item in items.items()}
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return float(value)  # what a Lua number is
    if not isinstance(value, LuaObject) and hasattr(value, "numpy"):
        return value.detach().cpu().contiguous().numpy()
    raise TypeError(
        f"{where}: tensors, numbers, booleans, strings and tables can be saved, not a {type(value).__name__}"
    )


def save(path: str, variables: LuaTable, compress: bool) -> None:
    """Writes variables to a file of version 5: lists become cells, other tables structs. Raises OSError, TypeError."""
    values = {str(name): _plain(value, str(name)) for name, value in variables.items()}
    _scipy_io().savemat(path, values, format="5", do_compression=bool(compress), oned_as="row", long_field_names=True)
