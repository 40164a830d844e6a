"""Models that a script wires with nngraph, as Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from pytorch_fbcunn_compat import LuaRuntime
from pytorch_fbcunn_compat.port.script.source import Script
from pytorch_fbcunn_compat.port.script.translator import Translator
from pytorch_fbcunn_compat.t7 import load

HEAD = "require 'nn'\nrequire 'nngraph'\nrequire 'optim'\ntorch.manualSeed(5)\n"


def both(tmp_path: Path, lua: str) -> tuple[dict[str, Any], Any]:
    """The names that the translated script defines, and what the Lua script saves in out.t7."""
    script = tmp_path / "script.lua"
    script.write_text(HEAD + lua)
    runtime = LuaRuntime()
    runtime.execute(f"{HEAD}{lua}\ntorch.save([[{tmp_path / 'out.t7'}]], out)")
    translator = Translator(Script(script), tmp_path / "train.py")
    source = translator.translate()
    assert not translator.quoted
    names: dict[str, Any] = {"__file__": str(tmp_path / "train.py")}
    before = torch.get_default_dtype()
    try:
        exec(compile(source, "train.py", "exec"), names)
    finally:
        torch.set_default_dtype(before)
    return names, load(tmp_path / "out.t7")


GRAPHS = {
    "straight lines": """
local x, y = nn.Identity()(), nn.Identity()()
local h = nn.Tanh()(nn.Linear(4, 3)(x))
local sum = nn.CAddTable()({h, nn.Linear(4, 3)(y):annotate{name = 'second'}})
local model = nn.gModule({x, y}, {sum, h})
local given = {torch.randn(2, 4), torch.randn(2, 4)}
out = model:forward(given)
""",
    "minus signs": """
local a = - nn.Linear(4, 3)
local b = a - nn.Tanh() - nn.Linear(3, 3)
local model = nn.gModule({a}, {{a, b} - nn.CAddTable()})
local given = torch.randn(2, 4)
out = model:forward(given)
""",
    "a loop and a function": """
local function cell(x, c, h)
  local sums = nn.CAddTable()({nn.Linear(4, 16)(x), nn.Linear(4, 16)(h)})
  local i, f, o, g = nn.SplitTable(2)(nn.Reshape(4, 4)(sums)):split(4)
  local next_c = nn.CAddTable()({nn.CMulTable()({nn.Sigmoid()(f), c}), nn.CMulTable()({nn.Sigmoid()(i), nn.Tanh()(g)})})
  return next_c, nn.CMulTable()({nn.Sigmoid()(o), nn.Tanh()(next_c)})
end
local inputs, outputs = {}, {}
table.insert(inputs, nn.Identity()())
local x = inputs[1]
for L = 1, 2 do
  table.insert(inputs, nn.Identity()())
  table.insert(inputs, nn.Identity()())
  local c, h = cell(x, inputs[L * 2], inputs[L * 2 + 1])
  table.insert(outputs, c)
  table.insert(outputs, h)
  x = h
end
local model = nn.gModule(inputs, outputs)
local given = {torch.randn(2, 4), torch.randn(2, 4), torch.randn(2, 4), torch.randn(2, 4), torch.randn(2, 4)}
out = model:forward(given)
""",
}


@pytest.mark.parametrize("name", GRAPHS)
def test_the_python_model_computes_what_the_lua_model_does(tmp_path: Path, name: str) -> None:
    names, expected = both(tmp_path, GRAPHS[name])
    ours = names["out"]
    wanted = expected.to_list() if hasattr(expected, "to_list") else [expected]
    for mine, other in zip(ours if isinstance(ours, tuple) else [ours], wanted, strict=True):
        torch.testing.assert_close(mine, other, rtol=0, atol=1e-12)


OPTIMIZERS = {
    "cg": "{maxIter = 4}",
    "de": "{scaleFactor = 0.5, crossoverRate = 0.7, maxFEs = 200, popsize = 15, minRegion = -2, maxRegion = 2}",
    "lbfgs": "{maxIter = 4, lineSearch = optim.lswolfe}",
    "cmaes": "{sigma = 0.5, maxEval = 8, popsize = 8}",  # one generation: later ones depend on signs of eigenvectors
    "sgd": "{learningRate = 0.1, momentum = 0.9, nesterov = true, dampening = 0}",
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_make_the_steps_of_optim(tmp_path: Path, name: str) -> None:
    lua = f"""
local model = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh()):add(nn.Linear(2, 1))
local criterion = nn.MSECriterion()
local x, y = torch.randn(12, 3), torch.randn(12, 1)
local parameters, gradients = model:getParameters()
local config = {OPTIMIZERS[name]}
local feval = function(w)
  if w ~= parameters then parameters:copy(w) end
  gradients:zero()
  local output = model:forward(x)
  local loss = criterion:forward(output, y)
  model:backward(x, criterion:backward(output, y))
  return loss, gradients
end
for step = 1, 2 do
  local best, losses = optim.{name}(feval, parameters, config)
  parameters:copy(best)
end
out = model:forward(x)
"""
    names, expected = both(tmp_path, lua)
    torch.testing.assert_close(names["out"].detach(), expected, rtol=1e-9, atol=1e-9)


def test_cmaes_finds_a_minimum(tmp_path: Path) -> None:
    from pytorch_fbcunn_compat.port.script.optimizers import CMAES

    torch.manual_seed(1)
    weight = torch.nn.Parameter(torch.full((4,), 3.0, dtype=torch.float64))
    optimizer = CMAES([weight], sigma=0.5, max_eval=2000)
    optimizer.step(lambda: ((weight - torch.arange(4)) ** 2).sum())
    torch.testing.assert_close(weight.detach(), torch.arange(4.0, dtype=torch.float64), rtol=0, atol=1e-4)
