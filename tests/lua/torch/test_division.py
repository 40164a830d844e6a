"""Whole-number division never stops the process: by zero it is refused, the smallest number by -1 wraps."""

from __future__ import annotations

import pytest

SMALLEST = {"Char": -(2**7), "Short": -(2**15), "Int": -(2**31), "Long": -(2**63)}
SIZES = (3, 100_000)  # in a direct loop, and by ATen


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("kind", SMALLEST)
def test_the_smallest_number_by_minus_one_wraps(lua, kind: str, count: int) -> None:
    results = lua.execute(
        f"""
        local a, b = torch.{kind}Tensor({count}):fill({SMALLEST[kind]}), torch.{kind}Tensor({count}):fill(-1)
        b[1] = 3
        return torch.div(a, -1)[2], torch.cdiv(a, b)[2], torch.fmod(a, -1)[2], torch.remainder(a, -1)[2],
          torch.cfmod(a, b)[2], torch.cremainder(a, b)[2], torch.addcdiv(a:clone():zero(), 1, a, b)[2],
          torch.cdiv(a, b)[1], torch.cfmod(a, b)[1]
        """
    )
    third = -(-SMALLEST[kind] // 3)
    assert results[:7] == (SMALLEST[kind], SMALLEST[kind], 0, 0, 0, 0, SMALLEST[kind])
    assert results[7] == pytest.approx(third, rel=1e-15)
    assert results[8] == SMALLEST[kind] - 3 * third


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("kind", ["Byte", *SMALLEST])
@pytest.mark.parametrize(
    "call",
    ["div(a, 0)", "fmod(a, 0)", "remainder(a, 0)", "cdiv(a, z)", "cfmod(a, z)", "cremainder(a, z)"]
    + ["addcdiv(a, 1, a, z)"],
)
def test_division_by_zero_is_refused(lua, kind: str, count: int, call: str) -> None:
    message = lua.execute(
        f"""
        local a = torch.{kind}Tensor({count}):fill(4)
        local z = a:clone()
        z[2] = 0
        local ok, message = pcall(function() return torch.{call} end)
        assert(not ok)
        return message
        """
    )
    assert "division by zero of an integer tensor" in message


@pytest.mark.parametrize("value", ["-1/0", "2^32", "0.5"])
@pytest.mark.parametrize("source", ["t", "t:narrow(1, 1, 1):expand(6, 4)", "t:t()", "t.new(90000):fill(1)"])
def test_numbers_that_become_zero_are_refused_too(lua, value: str, source: str) -> None:
    message = lua.execute(
        f"local t = torch.IntTensor(6, 4):fill(1) local s = {source} "
        f"local ok, message = pcall(s.div, s, {value}) assert(not ok) return message"
    )
    assert "zero" in message.lower()
