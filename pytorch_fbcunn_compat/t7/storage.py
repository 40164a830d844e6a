"""Torch7's element types: class names, torch dtypes, and the storage object."""

from __future__ import annotations

from typing import NamedTuple

import torch


class ElementType(NamedTuple):
    """One Torch7 element type on one device."""

    name: str  # "Float", "CudaLong", …: what stands between "torch." and "Tensor"
    dtype: torch.dtype
    code: str  # numpy's letter and size
    size: int  # bytes in a file with 8-byte longs
    cuda: bool

    @property
    def tensor_class(self) -> str:
        return f"torch.{self.name}Tensor"

    @property
    def storage_class(self) -> str:
        return f"torch.{self.name}Storage"


_CPU = (
    ("Byte", torch.uint8, "u1"),
    ("Char", torch.int8, "i1"),
    ("Short", torch.int16, "i2"),
    ("Int", torch.int32, "i4"),
    ("Long", torch.int64, "i8"),
    ("Float", torch.float32, "f4"),
    ("Double", torch.float64, "f8"),
    ("Half", torch.float16, "f2"),
)
# cutorch calls its float type plain "Cuda"
ELEMENT_TYPES = [ElementType(name, dtype, code, int(code[1]), False) for name, dtype, code in _CPU] + [
    ElementType("Cuda" if name == "Float" else f"Cuda{name}", dtype, code, int(code[1]), True)
    for name, dtype, code in _CPU
]
TENSOR_CLASSES = {element.tensor_class: element for element in ELEMENT_TYPES}
STORAGE_CLASSES = {element.storage_class: element for element in ELEMENT_TYPES}
BY_DTYPE = {(element.dtype, element.cuda): element for element in ELEMENT_TYPES}
BY_DTYPE[torch.bool, False] = BY_DTYPE[torch.uint8, False]
BY_DTYPE[torch.bool, True] = BY_DTYPE[torch.uint8, True]


class LuaStorage:
    """A ``torch.*Storage`` met as an object of its own (``View.size``, an unused buffer, …).

    Attributes:
        typename: its Torch class, such as ``torch.LongStorage``.
        data: 1-D tensor over the whole storage; tensors of the file that use the storage share its memory.
    """

    __slots__ = ("__weakref__", "_tensor", "typename")

    def __init__(self, typename: str, data: torch.Tensor) -> None:
        self.typename = typename
        self._tensor = data  # of any size, over the whole storage

    @property
    def data(self) -> torch.Tensor:
        tensor = self._tensor
        if tensor.dim() != 1:
            count = tensor.untyped_storage().nbytes() // tensor.element_size()
            tensor = self._tensor = tensor.as_strided((count,), (1,), 0)
        return tensor

    def __len__(self) -> int:
        return self._tensor.numel()

    def __bool__(self) -> bool:
        return True

    def tolist(self) -> list[int | float]:
        """The elements as Python numbers."""
        return self.data.tolist()

    def untyped_storage(self) -> torch.UntypedStorage:
        """The memory, shared with every tensor over this storage."""
        return self.data.untyped_storage()

    def __repr__(self) -> str:
        shown = str(self.data[:8].tolist())[1:-1]
        return f"{self.typename}[{len(self)}]({shown}{', …' if len(self) > 8 else ''})"


def expected_span(size: tuple[int, ...], stride: tuple[int, ...]) -> int:
    """Number of storage elements that a tensor of this geometry covers, from its first element to its last."""
    span = 1
    for length, step in zip(size, stride, strict=True):
        if length == 0:
            return 0
        span += (length - 1) * step
    return span
