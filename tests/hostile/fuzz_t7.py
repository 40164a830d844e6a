"""Coverage-guided attack on the .t7 reader with atheris: ``make fuzz`` (five minutes), or

    python tests/hostile/fuzz_t7.py -max_total_time=60 build/fuzz

Options and folders are libFuzzer's. Every input must load or raise T7Error; anything else is kept as ``crash-…``. The
first folder collects inputs that reach new code; it begins with small files that the writer makes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris
import torch

with atheris.instrument_imports(include=["pytorch_fbcunn_compat.t7"]):
    from pytorch_fbcunn_compat.t7 import LuaFunction, LuaStorage, LuaTable, T7Error, TdsHash, TorchObject, load, save

SIZES = (None, 4, 8)


def attack(data: bytes) -> None:
    """Loads the bytes as a file, by the first byte with a given size of longs; reads what small tensors come back."""
    chosen = SIZES[data[0] % len(SIZES)] if data else None
    try:
        value = load(data[1:], long_size=chosen)
    except T7Error as error:
        assert len(str(error)) < 1000
        return
    stack, seen = [value], set()
    while stack:
        entry = stack.pop()
        if id(entry) in seen:
            continue
        seen.add(id(entry))
        if isinstance(entry, torch.Tensor) and 0 < entry.numel() < 10_000:
            entry.double().sum().item()
        elif isinstance(entry, LuaStorage):
            stack.append(entry.data)
        elif isinstance(entry, LuaTable):
            stack += entry.values()
        elif isinstance(entry, TorchObject):
            stack.append(entry.fields)
        elif isinstance(entry, LuaFunction):
            stack.append(entry.upvalues)


def seeds() -> list[object]:
    """One of each kind of object."""
    base = torch.arange(12.0).reshape(3, 4)
    cycle = LuaTable({"a": 1.5})
    cycle["self"] = cycle
    layer = TorchObject("nn.Linear", 1, {"weight": base, "bias": base[0], "train": True})
    model = TorchObject("nn.Sequential", 1, {"modules": LuaTable.from_list([layer, layer])})
    tensors = [torch.ones(2, 3, dtype=dtype) for dtype in (torch.uint8, torch.int16, torch.int64, torch.float64)]
    return [None, 1.5, "text", True, LuaTable(), cycle, model, LuaTable.from_list([base, base.t(), base[1:]]),
            LuaTable.from_list(tensors), LuaFunction(b"\x1bLJ", LuaTable.from_list([1, "x"])), TdsHash({"k": 2}),
            torch.empty(0)]  # fmt: skip


def write_seeds(folder: Path) -> None:
    """Fills a new corpus."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, value in enumerate(seeds()):
        for ascii in (False, True):
            path = folder / f"seed-{number}{'.ascii' if ascii else ''}"
            save(path, value, ascii=ascii)
            path.write_bytes(b"\0" + path.read_bytes())


def main() -> None:
    """Runs libFuzzer; it ends the process with its own status."""
    folders = [word for word in sys.argv[1:] if not word.startswith("-")]
    if folders and not Path(folders[0]).exists():
        write_seeds(Path(folders[0]))
    atheris.Setup(sys.argv, attack)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
