"""Optimisers against the trajectories of the real Torch7, and the helpers beside them."""

from __future__ import annotations

import json

import numpy
import pytest

from pytorch_fbcunn_compat import LuaError, LuaRuntime
from tests.lua.golden import difference, expected

NAMES = "adadelta adagrad adam adamax asgd cg lbfgs lbfgs_ls nag rmsprop rprop sgd sgd_plain".split()

RUN = """function(name, config, x0)
  local x = torch.DoubleTensor(x0)
  local function rosenbrock(x)
    local n = x:size(1)
    local f, g = 0, torch.zeros(n)
    for i = 1, n - 1 do
      local a, b = x[i + 1] - x[i] ^ 2, 1 - x[i]
      f = f + 100 * a ^ 2 + b ^ 2
      g[i] = g[i] - 400 * x[i] * a - 2 * b
      g[i + 1] = g[i + 1] + 200 * a
    end
    return f, g
  end
  if name == 'lbfgs_ls' then config.lineSearch = optim.lswolfe end
  local state, values, points = {}, {}, {}
  for k = 1, 10 do
    local same, fs = optim[name:match('^(%w+)_') or name](rosenbrock, x, config, state)
    assert(same == x)
    values[k], points[k] = fs[1], x:clone()
  end
  return values, points, state
end"""


@pytest.fixture(scope="module")
def optim() -> LuaRuntime:
    """A runtime in which optim is loaded."""
    runtime = LuaRuntime()
    runtime.execute("require 'torch'; require 'optim'")
    return runtime


@pytest.mark.parametrize("name", NAMES)
def test_trajectory_is_torch7s(optim, shared, name):
    record = json.loads((shared / "t7" / "optim_states.json").read_text())
    arrays = numpy.load(shared / "t7" / "optim_states.npz")
    run = record["runs"][name]
    values, points, state = optim.eval(RUN)(name, run["config"], record["x0"])
    assert values.to_plain() == pytest.approx(run["f"], rel=1e-12)
    assert difference(points, [point for point in expected(f"{name}_x", arrays)]) <= 1e-12
    saved = optim.eval("function(file, name) return torch.load(file)[name].state end")(
        str(shared / "t7" / "optim_states.t7"), name
    )
    for key in saved:
        assert state.get(key) is not None, key


def test_sgd_decays_the_callers_gradient(optim):
    optim.execute("x, g = torch.ones(2), torch.zeros(2)")
    optim.execute("optim.sgd(function() return 0, g end, x, {learningRate = 0.5, weightDecay = 0.1})")
    assert optim.eval("g[1]") == pytest.approx(0.1)
    assert optim.eval("x[1]") == pytest.approx(0.95)
    with pytest.raises(LuaError, match="Nesterov momentum requires a momentum and zero dampening"):
        optim.execute("optim.sgd(function() return 0, g end, x, {nesterov = true})")


def test_polyinterp_finds_the_minimum(optim):
    # x^2 - 2x has its minimum at 1
    assert optim.eval("optim.polyinterp(torch.Tensor{{0, 0, -2}, {3, 3, 4}})") == pytest.approx(1)
    place, value = optim.eval("{optim.polyinterp(torch.Tensor{{0, 0, -2}, {3, 3, 4}}, -5, 5)}").to_plain()
    assert (place, value) == (pytest.approx(1), pytest.approx(-1))
    # three points of (x - 2)^4
    three = "torch.Tensor{{0, 16, -32}, {1, 1, -4}, {4, 16, 32}}"
    assert optim.eval(f"(optim.polyinterp({three}, 0, 4))") == pytest.approx(2, abs=1e-3)


def test_evolution_strategies_reach_the_minimum(optim):
    optim.execute("torch.manualSeed(1); f = function(x) return (x - 3):pow(2):sum() end")
    assert optim.eval("torch.dist((optim.cmaes(f, torch.zeros(3), {sigma = 0.5})), torch.zeros(3):fill(3))") < 1e-4
    config = "{popsize = 20, scaleFactor = 0.5, crossoverRate = 0.9, maxFEs = 2000}"
    assert optim.eval(f"torch.dist((optim.de(f, torch.zeros(2), {config})), torch.zeros(2):fill(3))") < 1e-4
    with pytest.raises(LuaError, match="config.maxFEs is missing"):
        optim.execute("optim.de(f, torch.zeros(2), {scaleFactor = 0.5, crossoverRate = 0.9})")


def test_fista_solves_a_lasso(optim):
    optim.execute(
        """
        torch.manualSeed(2)
        local A, truth = torch.randn(20, 5), torch.Tensor{1, 0, -2, 0, 0}
        local b, lambda = A * truth, 0.1
        local function f(x, mode)
          local r = A * x - b
          return r:dot(r) / 2, mode == 'dx' and A:t() * r or nil
        end
        local function shrink(x, L) x:apply(function(v)
          return v > lambda / L and v - lambda / L or v < -lambda / L and v + lambda / L or 0 end) end
        local options = {maxiter = 300, errthres = 0, doFistaUpdate = true, L = 1}
        found = optim.FistaLS(f, function(x) return lambda * x:norm(1) end, shrink, torch.zeros(5), options)
        distance = torch.dist(found, truth)
        """
    )
    assert optim.eval("distance") < 0.05
    assert optim.eval("found[2]") == 0


def test_checkgrad_tells_right_from_wrong(optim):
    optim.execute("right = function(x) return x:dot(x), x * 2 end; wrong = function(x) return x:dot(x), x * 3 end")
    assert optim.eval("(optim.checkgrad(right, torch.randn(4)))") < 1e-6
    assert optim.eval("(optim.checkgrad(wrong, torch.randn(4)))") > 0.1


def test_checkgrad_steps_up_and_twice_back(optim):
    points = """
      local points, shared = {}, torch.Tensor(1)
      local function opfunc(x)
        points[#points + 1] = x[1]
        shared[1] = 2 * x[1]
        return x[1] ^ 2, shared
      end
      local _, gradient = optim.checkgrad(opfunc, torch.Tensor{0.3})
      return {points[1], points[2], points[3], gradient[1]}
    """
    up = 0.3 + 1e-7
    # the gradient is the function's own tensor, as it was filled last
    assert list(optim.execute(points).values()) == [0.3, up, up - 2e-7, 2 * (up - 2e-7)]


SEARCH = """function(reuse)
  local bowl = function(x) return (x[1] - 1) ^ 2, 2 * (x[1] - 1) end
  local shared, seen = torch.Tensor(1), nil
  local function opfunc(x)
    local f, slope = bowl(x)
    local gradient = reuse and shared or torch.Tensor(1)
    gradient[1] = slope
    return f, gradient
  end
  local x = torch.Tensor{0}
  local f, g = opfunc(x)
  local d = torch.Tensor{1}
  local polyinterp = optim.polyinterp
  optim.polyinterp = function(points, ...)
    seen = seen or points:clone()
    return polyinterp(points, ...)
  end
  local ok, message = pcall(optim.lswolfe, opfunc, x, 10, d, f, g, g:dot(d))
  optim.polyinterp = polyinterp
  assert(ok, message)
  return seen[1][3], seen[2][3], x[1]
end"""


def test_lswolfe_reads_the_first_gradient_after_the_first_step(optim):
    """Where a script returns one gradient tensor all along, the start of the bracket gets the trial's slope."""
    search = optim.eval(SEARCH)
    assert search(False) == (-2, 18, pytest.approx(1))
    start, trial, _ = search(True)
    assert (start, trial) == (18, 18)
