"""Every wrapped function of torch against NumPy: each element type, contiguous and not, in each form of the call."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
import torch

from .function_table import LAPACK, RANDOM, TABLE
from .reference import INTEGERS, Row

DTYPES = {
    "Byte": torch.uint8, "Char": torch.int8, "Short": torch.int16, "Int": torch.int32, "Long": torch.int64,
    "Float": torch.float32, "Double": torch.float64,
}  # fmt: skip

# Each form as Lua text; {rest} are the arguments after `a`. Form 1 makes a result from no tensor.
FORMS = {
    "f": ["return torch.{name}({arguments})"],
    "r": ["local r = a.new() local out = torch.{name}(r, {arguments}) assert(out == r) return r"],
    "s": ["local r = torch.{name}({arguments}) torch.{name}(r:zero(), {arguments}) return r"],
    "R": [
        "local r, k = a.new(), torch.LongTensor() torch.{name}(r, k, {arguments}) return r, k",
        "return a:{name}({rest})",
    ],
    "m": ["return a:{name}({rest})"],
    "i": ["local x = a:clone() local out = x.{name}(x{rest_after}) assert(out == x) return x"],
    "1": ["return torch.{name}(a.new(), {arguments})", "local r = a.new() r:{name}({arguments}) return r"],
}


def values_of(row: Row, kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    real = kind not in INTEGERS
    count = int(np.prod(shape))
    if row.values == "small":
        flat = rng.uniform(1, 5, count) if real else rng.integers(1, 4, count)
    elif row.values == "unit":
        flat = rng.uniform(0.1, 0.9, count)
    elif row.values == "wide":
        flat = rng.uniform(-3, 3, count) if real else rng.integers(0 if kind == "Byte" else -3, 4, count)
        flat[: count // 4] = 0
    elif row.values == "halves":
        flat = rng.integers(-6, 7, count) / 2
    elif row.values == "ties":
        flat = rng.integers(0, 3, count)
    elif row.values == "mask":
        flat = rng.integers(0, 2, count)
    else:
        flat = rng.permutation(count) + (0.5 if real else 0)
    return np.asarray(flat).reshape(shape)


def laid_out(array: np.ndarray, kind: str, contiguous: bool) -> torch.Tensor:
    tensor = torch.tensor(array).to(DTYPES[kind])
    if contiguous:
        return tensor
    if tensor.dim() == 1:
        return torch.stack([tensor, tensor], 1)[:, 0]
    return tensor.transpose(0, -1).contiguous().transpose(0, -1)


def operands(row: Row, kind: str, contiguous: bool, rng: np.random.Generator) -> dict[str, torch.Tensor]:
    """The tensors that the row's text names, and `a` always."""
    made = {}
    for name, shape in zip("abc", row.shapes, strict=False):
        made[name] = laid_out(values_of(row, kind, shape, rng), kind, contiguous)
    if row.index:
        made["i"] = torch.tensor(np.stack([rng.permutation(4) for _ in range(5)], 1)[:3] + 1)
    return made


def copied(name: str, tensor: torch.Tensor, kind: str, contiguous: bool) -> torch.Tensor:
    """What a call may overwrite, laid out the same way."""
    return tensor.clone() if name == "i" else laid_out(tensor.numpy().copy(), kind, contiguous)


def expected_of(row: Row, made: dict[str, torch.Tensor]) -> tuple:
    code = getattr(row.reference, "__code__", None)
    named = code.co_varnames[: code.co_argcount] if code else ()
    names = [name for name in named if name in made] or [name for name in "abc" if f" {name}" in f" {row.arguments}"]
    with np.errstate(all="ignore"):
        result = row.reference(*[made[name].numpy() for name in names])
    return result if isinstance(result, tuple) else (result,)


def check(found, expected, kind: str, form: str) -> None:
    if isinstance(found, torch.Tensor):
        expected = np.asarray(expected)
        assert tuple(found.shape) == expected.shape, form
        if found.dtype in (torch.float32, torch.float64):
            tolerance = 2e-5 if found.dtype == torch.float32 else 1e-10
            np.testing.assert_allclose(found.numpy(), expected, rtol=tolerance, atol=tolerance, err_msg=form)
        else:
            np.testing.assert_array_equal(found.numpy(), expected, err_msg=form)
    else:
        assert found == pytest.approx(expected, rel=2e-5 if kind == "Float" else 1e-10), form


CASES = [(name, n, kind) for name, rows in TABLE.items() for n, row in enumerate(rows) for kind in row.types]


@pytest.mark.parametrize(("name", "n", "kind"), CASES)
def test_equals_numpy(lua, name: str, n: int, kind: str) -> None:
    row = TABLE[name][n]
    rng = np.random.default_rng(zlib.crc32(f"{name}{n}{kind}".encode()))
    rest = row.arguments.split(", ", 1)[1] if ", " in row.arguments else ""
    for contiguous in (True, False):
        made = operands(row, kind, contiguous, rng)
        want = expected_of(row, made)
        for letter in row.forms:
            for template in FORMS[letter]:
                call = template.format(name=name, arguments=row.arguments, rest=rest, rest_after=rest and ", " + rest)
                # A function that makes a tensor from none takes its class from the default type.
                if letter == "f" and "a" not in row.arguments.replace("LongStorage", ""):
                    call = call[:-1] + f", 'torch.{kind}Tensor')"
                copies = {key: copied(key, value, kind, contiguous) for key, value in made.items()}
                found = lua.execute(
                    "local a, b, c, i = ... " + call, copies.get("a"), copies.get("b"), copies.get("c"), copies.get("i")
                )
                found = found if isinstance(found, tuple) else (found,)
                assert len(found) == len(want), call
                for one, other in zip(found, want, strict=True):
                    check(one, other, kind, call)


def test_every_wrapped_name_is_tested(lua) -> None:
    names = lua.execute(
        """
        local names = {}
        for name in pairs(require('torch.overload').table) do names[#names + 1] = name end
        return table.concat(names, ' ')
        """
    )
    assert set(names.split()) == set(TABLE) | LAPACK | RANDOM


@pytest.mark.parametrize("name", sorted(TABLE))
def test_exists_for_the_types_of_the_original(lua, name: str) -> None:
    """Types a function is not defined for refuse it by name."""
    defined = {kind for row in TABLE[name] for kind in row.types}
    if name.startswith(("bit", "cbit")):  # defined for all, refused by float and double when called
        return
    for kind in set(DTYPES) - defined:
        message = lua.execute(f"local ok, text = pcall(torch.{name}, torch.{kind}Tensor(2, 2):zero()) return text")
        assert "does not implement the torch." in message or "invalid arguments" in message


def test_cat_stacks_parts_of_tensors_along_a_new_dimension(lua) -> None:
    lua.execute("a = torch.range(1, 12):resize(2, 6) b = torch.cat(torch.split(a, 3, 2), 3)")
    assert lua.eval("table.concat(b:size():totable(), 'x')") == "2x3x2"
    assert lua.eval("b[{{}, {}, 1}]:equal(a:narrow(2, 1, 3)) and b[{{}, {}, 2}]:equal(a:narrow(2, 4, 3))")
