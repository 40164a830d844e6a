"""Every module and criterion against what the real Torch7 computed: outputs, gradients, running statistics."""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import pytest

from tests.lua.golden import difference, expected

SHARED = Path(__file__).resolve().parents[4] / "shared" / "t7"
TOLERANCE = 1e-12


def entries(name: str) -> list:
    """The recorded configurations, one test parameter each."""
    path = SHARED / f"zoo_{name}.json"
    if not path.is_file():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"{path} is not there"))]
    return [pytest.param(entry, id=entry["ctor"]) for entry in json.loads(path.read_text())[name]]


@pytest.fixture(scope="module")
def modules(nn, shared):
    """The module list in Lua, the arrays, and a function that runs one entry."""
    nn.execute(f"ZOO = torch.load('{shared}/t7/zoo_modules.t7')")
    run = nn.eval(
        """function(i, mode, seed, input, gradOutput)
             local m = ZOO[i].module
             if mode == 'evaluate' then m:evaluate() else m:training() end
             local loaded = {}
             for k, p in ipairs((m:parameters()) or {}) do loaded[k] = p:clone() end
             if seed then torch.manualSeed(seed) end
             m:zeroGradParameters()
             local output = m:forward(input)
             local gradInput = m:backward(input, gradOutput)
             local _, gradients = m:parameters()
             return output, gradInput, loaded, gradients or {}, m.running_mean or false, m.running_var or false
           end"""
    )
    return run, numpy.load(shared / "t7" / "zoo_modules.npz")


@pytest.mark.parametrize("entry", entries("modules"))
def test_module_computes_what_torch7_computed(modules, entry):
    run, arrays = modules
    inputs, gradient = expected(entry["input"], arrays), expected(entry["gradOutput"], arrays)
    output, grad_input, loaded, gradients, mean, var = run(
        entry["i"], entry["mode"], entry.get("seed"), inputs, gradient
    )
    assert difference(output, expected(entry["output"], arrays)) <= TOLERANCE
    if entry.get("gradInput"):
        assert difference(grad_input, expected(entry["gradInput"], arrays)) <= TOLERANCE
    assert difference(loaded, expected(entry["params"], arrays)) == 0
    assert difference(gradients, expected(entry["gradParams"], arrays)) <= TOLERANCE
    if "running_mean_after" in entry:
        assert difference(mean, expected(entry["running_mean_after"], arrays)) <= TOLERANCE
        assert difference(var, expected(entry["running_var_after"], arrays)) <= TOLERANCE


@pytest.fixture(scope="module")
def criterions(nn, shared):
    """The criterion list in Lua, the arrays, and a function that runs one entry."""
    nn.execute(f"CRITERIONS = torch.load('{shared}/t7/zoo_criterions.t7')")
    run = nn.eval(
        """function(i, input, target)
             local c = CRITERIONS[i].criterion
             local loss = c:forward(input, target)
             return loss, c:backward(input, target)
           end"""
    )
    return run, numpy.load(shared / "t7" / "zoo_criterions.npz")


@pytest.mark.parametrize("entry", entries("criterions"))
def test_criterion_computes_what_torch7_computed(criterions, entry):
    run, arrays = criterions
    loss, gradient = run(entry["i"], expected(entry["input"], arrays), expected(entry["target"], arrays))
    assert loss == pytest.approx(entry["loss"], rel=TOLERANCE)
    assert difference(gradient, expected(entry["gradInput"], arrays)) <= TOLERANCE
