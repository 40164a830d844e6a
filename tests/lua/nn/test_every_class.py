"""Every class of nn by the same checks: PyTorch, finite differences, single samples, float, saving, clearing.

The rows are in tests/lua/nn/classes; a class without a row fails here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from pytorch_fbcunn_compat import LuaError, LuaRuntime
from pytorch_fbcunn_compat.lua import LuaTable

from .classes import (
    Loss,
    Row,
    Script,
    containers,
    criterions,
    loss_variants,
    pointwise,
    shape,
    simple,
    variants,
    windows,
)

ROWS: list[Row] = [row for module in (containers, pointwise, shape, simple, windows, variants) for row in module.ROWS]
SCRIPTS: list[Script] = containers.SCRIPTS + simple.SCRIPTS
LOSSES: list[Loss] = criterions.LOSSES + loss_variants.LOSSES


def rows(condition: str | None = None) -> Any:
    """Parametrisation over the rows for which a flag is set."""
    return pytest.mark.parametrize(
        "row", [row for row in ROWS if condition is None or getattr(row, condition)], ids=str
    )


losses = pytest.mark.parametrize("row", LOSSES, ids=str)


class Checks:
    """The functions of checks.lua, called with rows."""

    def __init__(self, lua: LuaRuntime) -> None:
        self.lua = lua
        self.table = lua.execute((Path(__file__).parent / "checks.lua").read_text())

    def __call__(self, name: str, *expressions: str, extra: tuple = ()) -> Any:
        """Calls a check with functions that make what the Lua expressions say, always the same."""
        makers = (
            self.lua.eval(f"function() torch.manualSeed({seed}) return {text} end")
            for seed, text in enumerate(expressions)
        )
        return self.table[name](*makers, *extra)


@pytest.fixture(scope="module")
def check(nn) -> Checks:
    """The checks, in the runtime that has nn loaded."""
    return Checks(nn)


class Fields:
    """Fields of a Lua object as Python values; those that it lacks are None."""

    def __init__(self, thing: Any) -> None:
        self._thing = thing

    def __getattr__(self, name: str) -> Any:
        return plain(self._thing.get(name))

    def __getitem__(self, key: Any) -> Any:
        return plain(self._thing[key])


def plain(value: Any) -> Any:
    """Tensors and lists of tensors as they are, other Lua tables as Fields."""
    if isinstance(value, torch.Tensor | int | float | str | bool) or value is None:
        return value
    if isinstance(value, LuaTable):
        listed = value.to_plain()
        if isinstance(listed, list) and listed and all(isinstance(part, torch.Tensor | list) for part in listed):
            return listed
    return Fields(value)


def assert_close(got: Any, want: Any) -> None:
    """Nested lists of tensors agree to rounding."""
    if isinstance(want, list | tuple):
        assert len(got) == len(want)
        for one, other in zip(got, want, strict=True):
            assert_close(one, other)
    else:
        torch.testing.assert_close(got, want.detach(), rtol=1e-6, atol=1e-6)


def test_every_class_has_a_row(nn) -> None:
    named = {row.name for row in [*ROWS, *SCRIPTS, *LOSSES]}
    listed = set(
        nn.eval(
            """(function()
              local names = {}
              for name in pairs(nn) do
                if torch.getmetatable('nn.' .. name) and not name:find('ForTest') then names[#names + 1] = name end
              end
              return names
            end)()"""
        ).to_plain()
    )
    assert named == listed
    assert len(listed) == 190


@pytest.mark.parametrize("row", [row for row in ROWS if row.reference], ids=str)
def test_output_is_pytorchs(check, row: Row) -> None:
    m, x, output = check("output", row.make, row.feed)
    assert_close(plain(output), row.reference(Fields(m), plain(x)))


@rows("gradient")
def test_input_gradient_is_that_of_finite_differences(check, row: Row) -> None:
    assert check("input_gradient", row.make, row.feed) < 1e-6


@rows("parameters")
def test_parameter_gradients_are_those_of_finite_differences(check, row: Row) -> None:
    worst, count = check("parameter_gradients", row.make, row.feed)
    assert worst < 1e-6 if count else worst == 0


#: classes that pass accUpdateGradParameters on as it is, to a module that sees another input or has another weight
PASSED_ON = {"Bottle", "WeightNorm"}


@rows("parameters")
def test_steps_without_gradients_are_steps_with_them(check, row: Row) -> None:
    if row.name in PASSED_ON:
        pytest.skip("it steps the module inside, as Torch7 did, which here changes nothing that lasts")
    if row.name == "GPU":
        with pytest.raises(LuaError, match="GPU:accUpdateGradParameters is not implemented"):
            check("updates", row.make, row.feed)
        return
    worst, _ = check("updates", row.make, row.feed)
    assert worst < 1e-12


#: classes made of others, whose reset() is that of the modules inside and forgets what the constructor set
RESET_INSIDE = {"WeightNorm", "LayerNormalization"}
#: classes with parameters that are fixed, normal, or the length of others
NOT_UNIFORM = {
    "PReLU",
    "LookupTable",
    "PartialLinear",
    "WeightedEuclidean",
    "LinearWeightNorm",
    "BatchNormalization",
    "SpatialBatchNormalization",
    "VolumetricBatchNormalization",
}


@rows("parameters")
def test_reset_draws_what_the_constructor_drew(check, row: Row) -> None:
    if row.name in RESET_INSIDE:
        pytest.skip("its reset() is that of the modules inside")
    worst, largest, count = check("reset", row.make, extra=(0.01,))
    assert worst == 0
    if count and row.name not in NOT_UNIFORM and "BatchNormalization" not in row.make:
        assert 0 < largest <= 0.01 * 3**0.5


@rows("singles")
def test_a_batch_is_its_samples_one_by_one(check, row: Row) -> None:
    if row.draws:
        pytest.skip("samples draw other random numbers alone than in a batch")
    assert check("singles", row.make, row.feed) < 1e-12


@rows("singles")
def test_a_batch_of_one_is_a_batch(check, row: Row) -> None:
    if row.draws:
        pytest.skip("samples draw other random numbers alone than in a batch")
    if row.make == "nn.Squeeze()":
        pytest.skip("it drops the batch dimension too where that is 1")
    assert check("batch_of_one", row.make, row.feed) < 1e-12


@rows("strided")
def test_gaps_in_memory_do_not_matter(check, row: Row) -> None:
    assert check("strided", row.make, row.feed) < 1e-12


@rows()
def test_float_agrees_with_double(check, row: Row) -> None:
    assert check("types", row.make, row.feed, extra=(row.typed,)) < 1e-4


@rows()
def test_copies_and_cleared_modules_compute_the_same(check, row: Row) -> None:
    assert check("copies", row.make, row.feed) == 0


@pytest.mark.parametrize("make", pointwise.IN_PLACE)
def test_in_place_gives_the_same_results(check, make: str) -> None:
    worst, shares = check("in_place", make.format("false"), make.format("true"), "torch.randn(3, 4)")
    assert worst < 1e-12
    assert shares or make.startswith("nn.CReLU")


@pytest.mark.parametrize("script", SCRIPTS, ids=str)
def test_what_is_particular_to_a_class(nn, script: Script) -> None:
    nn.execute(script.chunk)


@losses
def test_loss_is_pytorchs(check, row: Loss) -> None:
    c, x, t, loss = check("loss", row.make, row.feed, row.target)
    assert loss == pytest.approx(float(row.reference(Fields(c), plain(x), plain(t))), rel=1e-9)


@losses
def test_loss_gradient_is_that_of_finite_differences(check, row: Loss) -> None:
    if not row.gradient:
        pytest.skip("its backward pass does not take this target")
    assert check("loss_gradient", row.make, row.feed, row.target) < 1e-6


@losses
def test_the_loss_of_a_batch_is_the_mean_of_its_samples(check, row: Loss) -> None:
    if not row.singles:
        pytest.skip("a sum, a weighted mean, or no form for single samples")
    assert check("loss_singles", row.make, row.feed, row.target) < 1e-12


@losses
def test_copies_of_a_criterion_compute_the_same(check, row: Loss) -> None:
    exact, single = check("loss_copies", row.make, row.feed, row.target, extra=(row.gradient,))
    assert exact == 0
    assert single < 1e-4
