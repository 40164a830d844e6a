"""Loops over large tensors (stream.cpp, pick.cpp, pool.cpp): the same elements with any number of threads."""

from __future__ import annotations

import pytest
import torch

from pytorch_fbcunn_compat import LuaRuntime
from pytorch_fbcunn_compat.t7 import load

SCRIPT = """
require 'nn'
local threads, path = ...
local before = torch.getnumthreads()
torch.setnumthreads(threads)
torch.manualSeed(5)
local results = {}
for _, kind in ipairs { 'Float', 'Double' } do
  local T = torch[kind .. 'Tensor']
  local a, b = T(100003):normal(), T(100003):normal()
  local r = { a = a, b = b, scaled = torch.add(a, 0.3, b), taken = torch.csub(a, 0.7, b) }
  r.in_place, r.of_itself = a:clone():add(0.3, b), a:clone():add(-2.5, a)
  r.c, r.d = T(1700003):uniform(1, 2), T(1700003):uniform(1, 2)
  r.simple = { r.c + r.d, torch.cmul(r.c, r.d), torch.cdiv(r.c, r.d), r.c + 3, T(1700003):narrow(1, 2, 1700000) }
  r.simple[5]:copy(r.c:narrow(1, 3, 1700000))
  local m, rows = T(40, 50, 60):normal(), torch.LongTensor(70):random(1, 40)
  r.m, r.rows, r.picked = m, rows, { m:index(1, rows), m:index(2, rows), m:index(3, rows) }
  local pool = nn.SpatialMaxPooling(3, 3, 2, 2, 1, 1):type(T():type())
  r.image = T(2, 30, 33, 35):normal()
  r.image[1][1]:fill(0 / 0)
  r.gradient = T():resizeAs(pool:forward(r.image)):normal()
  r.spread, r.places = pool:updateGradInput(r.image, r.gradient), pool.indices
  results[kind] = r
end
torch.setnumthreads(before)
torch.save(path, results)
"""


@pytest.fixture(scope="module", params=[1, 2, 3])
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict:
    path = tmp_path_factory.mktemp("large") / "results.t7"
    LuaRuntime().execute(SCRIPT, request.param, str(path))
    return load(path)


@pytest.mark.parametrize("kind", ["Float", "Double"])
def test_scaled_sums_are_rounded_once(results: dict, kind: str) -> None:
    found = results[kind]
    a, b = found["a"], found["b"]
    for name, scale, operand in (("scaled", 0.3, b), ("in_place", 0.3, b), ("taken", -0.7, b), ("of_itself", -2.5, a)):
        factor = torch.tensor(scale, dtype=a.dtype).double()
        wanted = a.double() + factor * operand.double()
        if kind == "Float":
            assert torch.equal(found[name], wanted.float()), name
        else:
            assert torch.allclose(found[name], wanted, rtol=1e-15, atol=1e-15), name


@pytest.mark.parametrize("kind", ["Float", "Double"])
def test_simple_operations(results: dict, kind: str) -> None:
    found = results[kind]
    c, d = found["c"], found["d"]
    for result, wanted in zip(found["simple"].values(), (c + d, c * d, c / d, c + 3, c[2:1700002]), strict=True):
        assert torch.equal(result, wanted)


@pytest.mark.parametrize("kind", ["Float", "Double"])
def test_rows_are_picked_along_any_dimension(results: dict, kind: str) -> None:
    found = results[kind]
    for dim, picked in enumerate(found["picked"].values()):
        assert torch.equal(picked, found["m"].index_select(dim, found["rows"] - 1))


@pytest.mark.parametrize("kind", ["Float", "Double"])
def test_gradients_of_windows_go_to_their_places(results: dict, kind: str) -> None:
    found = results[kind]
    places = found["places"].reshape(2, 30, -1)
    assert (places[0, 0] == 0).all() and (places[1] > 0).all()
    wanted = torch.zeros(2, 30, 1 + 33 * 35, dtype=torch.float64)
    wanted.scatter_add_(2, places, found["gradient"].double().reshape(2, 30, -1))
    assert torch.allclose(found["spread"].double().reshape(2, 30, -1), wanted[:, :, 1:], rtol=1e-5, atol=1e-6)
