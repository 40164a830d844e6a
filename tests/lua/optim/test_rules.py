"""Optimisers against their formulas, step by step, and the keys of their states."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from pytorch_fbcunn_compat import LuaRuntime

START = [1.2, -0.7, 0.4, 2.0]
STEPS = 6

RUN = """function(name, config, start, steps)
  local x, state = torch.DoubleTensor(start), {}
  -- f = sum of i x_i^2 + cos(x_i)
  local weight = torch.range(1, x:size(1))
  local function f(p)
    return torch.cmul(p, p):cmul(weight):sum() + torch.cos(p):sum(), torch.cmul(p, weight):mul(2):add(-1, torch.sin(p))
  end
  local points = {}
  for i = 1, steps do
    optim[name](f, x, config, state)
    points[i] = x:clone()
  end
  return points, state
end"""

Gradient = Callable[[torch.Tensor], torch.Tensor]
Rule = Callable[..., Iterator[torch.Tensor]]


def gradient(x: torch.Tensor) -> torch.Tensor:
    """Of the function above."""
    return 2 * torch.arange(1, len(x) + 1, dtype=x.dtype) * x - x.sin()


def rate(c: dict, t: int, default: float) -> float:
    return c.get("learningRate", default) / (1 + t * c.get("learningRateDecay", 0))


def decayed(x: torch.Tensor, c: dict) -> torch.Tensor:
    return gradient(x) + c.get("weightDecay", 0) * x


def sgd(x: torch.Tensor, c: dict) -> Iterator[torch.Tensor]:
    momentum = c.get("momentum", 0)
    dampening = c.get("dampening", momentum)
    v = None
    for t in range(STEPS):
        g = decayed(x, c)
        step = g
        if momentum:
            v = g if v is None else momentum * v + (1 - dampening) * g
            step = g + momentum * v if c.get("nesterov") else v
        x = x - rate(c, t, 1e-3) * step * torch.as_tensor(c.get("learningRates", 1.0))
        yield x


def adam(x: torch.Tensor, c: dict) -> Iterator[torch.Tensor]:
    m = v = torch.zeros_like(x)
    for t in range(STEPS):
        g = decayed(x, c)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        correction = (1 - 0.999 ** (t + 1)) ** 0.5 / (1 - 0.9 ** (t + 1))
        x = x - rate(c, t, 1e-3) * correction * m / (v.sqrt() + c.get("epsilon", 1e-8))
        yield x


def adamax(x: torch.Tensor, c: dict) -> Iterator[torch.Tensor]:
    m = u = torch.zeros_like(x)
    for t in range(STEPS):
        g = decayed(x, c)
        m, u = 0.9 * m + 0.1 * g, torch.maximum(0.999 * u, g.abs() + 1e-38)
        x = x - rate(c, 0, 2e-3) / (1 - 0.9 ** (t + 1)) * m / u
        yield x


def adagrad(x: torch.Tensor, c: dict) -> Iterator[torch.Tensor]:
    s = torch.zeros_like(x)
    for t in range(STEPS):
        g = decayed(x, c)
        s = s + g**2
        x = x - rate(c, t, 1e-3) * g / (s.sqrt() + 1e-10)
        yield x


def adadelta(x: torch.Tensor, c: dict) -> Iterator[torch.Tensor]:
    rho, eps = c.get("rho", 0.9), c.get("eps", 1e-6)
    s = a = torch.zeros_like(x)
    for _ in range(STEPS):
        g = decayed(x, c)
        s = rho * s + (1 - rho) * g**2
        delta = (a + eps).sqrt() / (s + eps).sqrt() * g
        x, a = x - delta, rho * a + (1 - rho) * delta**2
        yield x


def rmsprop(x: torch.Tensor, c: dict) -> Iterator[torch.Tensor]:
    alpha = c.get("alpha", 0.99)
    m = torch.full_like(x, c.get("initialMean", 0))
    for _ in range(STEPS):
        g = decayed(x, c)
        m = alpha * m + (1 - alpha) * g**2
        x = x - rate(c, 0, 1e-2) * g / (m.sqrt() + 1e-8)
        yield x


def rprop(x: torch.Tensor, c: dict) -> Iterator[torch.Tensor]:
    last, step = torch.zeros_like(x), torch.full_like(x, c.get("stepsize", 0.1))
    for _ in range(STEPS):
        g = gradient(x)
        agreement = g * last
        step = step * torch.ones_like(x).masked_fill(agreement > 0, 1.2).masked_fill(agreement < 0, 0.5)
        g = torch.where(agreement < 0, 0.0, g)
        x, last = x - g.sign() * step.clamp(1e-6, 50), g
        yield x


def nag(x: torch.Tensor, c: dict) -> Iterator[torch.Tensor]:
    v = torch.zeros_like(x)
    for t in range(STEPS):
        x = x + c.get("momentum", 0.9) * v
        step = rate(c, t, 1e-3) * decayed(x, c)
        x, v = x - step, c.get("momentum", 0.9) * v - step
        yield x


def asgd(x: torch.Tensor, c: dict) -> Iterator[torch.Tensor]:
    eta0, decay = c.get("eta0", 1e-4), c.get("lambda", 1e-4)
    eta = eta0
    for t in range(STEPS):
        x = x * (1 - decay * eta) - eta * gradient(x)
        eta = eta0 / (1 + decay * eta0 * (t + 1)) ** 0.75
        yield x


RULES: list[tuple[str, Rule, dict, set[str]]] = [
    ("sgd", sgd, {}, {"evalCounter"}),
    ("sgd", sgd, {"learningRate": 0.05, "momentum": 0.9, "weightDecay": 0.1}, {"evalCounter", "dfdx"}),
    ("sgd", sgd, {"learningRate": 0.05, "momentum": 0.9, "dampening": 0, "nesterov": True}, {"evalCounter", "dfdx"}),
    ("sgd", sgd, {"learningRate": 0.1, "learningRateDecay": 0.5}, {"evalCounter"}),
    ("adam", adam, {"learningRate": 0.1, "learningRateDecay": 0.1, "weightDecay": 0.1}, {"t", "m", "v", "denom"}),
    ("adam", adam, {"epsilon": 0.1}, {"t", "m", "v", "denom"}),
    ("adamax", adamax, {"learningRate": 0.1}, {"t", "m", "u", "max"}),
    ("adagrad", adagrad, {"learningRate": 0.1}, {"evalCounter", "paramVariance", "paramStd"}),
    ("adadelta", adadelta, {"eps": 1e-2}, {"evalCounter", "paramVariance", "paramStd", "delta", "accDelta"}),
    ("rmsprop", rmsprop, {"learningRate": 0.1, "initialMean": 1}, {"m", "tmp"}),
    ("rprop", rprop, {}, {"delta", "stepsize", "sign", "psign", "nsign", "zsign", "dminmax"}),
    ("nag", nag, {"learningRate": 0.05}, {"evalCounter", "dfdx"}),
    ("asgd", asgd, {"eta0": 0.05, "lambda": 0.1}, {"eta_t", "mu_t", "t", "ax", "tmp"}),
]


@pytest.fixture(scope="module")
def optim() -> LuaRuntime:
    """A runtime in which optim is loaded."""
    runtime = LuaRuntime()
    runtime.execute("require 'optim'")
    return runtime


@pytest.mark.parametrize(("name", "rule", "config", "keys"), RULES, ids=[f"{row[0]} {row[2]}" for row in RULES])
def test_steps_are_those_of_the_formula(optim, name: str, rule: Rule, config: dict, keys: set[str]) -> None:
    points, state = optim.eval(RUN)(name, dict(config), START, STEPS)
    expected = list(rule(torch.tensor(START, dtype=torch.float64), config))
    for got, want in zip(points.to_plain(), expected, strict=True):
        torch.testing.assert_close(got, want, rtol=1e-10, atol=1e-12)
    assert set(state) == keys


def test_rates_by_parameter(optim) -> None:
    rates = torch.tensor([0.1, 0, 2, 1], dtype=torch.float64)
    points, _ = optim.eval(RUN)("sgd", {"learningRate": 0.05, "learningRates": rates}, START, STEPS)
    expected = list(sgd(torch.tensor(START, dtype=torch.float64), {"learningRate": 0.05, "learningRates": rates}))
    torch.testing.assert_close(points.to_plain()[-1], expected[-1])
    decays = torch.tensor([0.5, 0, 0, 1], dtype=torch.float64)
    points, _ = optim.eval(RUN)("sgd", {"learningRate": 0.1, "weightDecays": decays}, START, 1)
    x = torch.tensor(START, dtype=torch.float64)
    torch.testing.assert_close(points.to_plain()[0], x - 0.1 * (gradient(x) + decays * x))


def test_the_average_of_asgd_is_its_third_result(optim) -> None:
    average = optim.eval(
        """(function()
          local x, state, average = torch.Tensor{1}, {}, nil
          local config = {eta0 = 1, lambda = 0, t0 = 0}
          for i = 1, 4 do
            average = select(3, optim.asgd(function() return 0, torch.ones(1) end, x, config, state))
          end
          return average[1]
        end)()"""
    )
    # the iterates are 0, -1, -2 and -3; each call averages with weight 1 / t, the first two with 1
    assert average == pytest.approx(-2)


@pytest.mark.parametrize("name", ["lbfgs", "cg"])
def test_batch_methods_find_the_minimum(optim, name: str) -> None:
    points, _ = optim.eval(RUN)(name, {"maxIter": 50}, START, 3)
    assert gradient(points.to_plain()[-1]).abs().max() < 1e-4


def test_a_saved_state_goes_on_where_it_was(optim, tmp_path) -> None:
    straight, resumed = optim.eval(
        """function(file)
          local function f(p) return p:dot(p), p * 2 end
          local function train(x, state, steps)
            for _ = 1, steps do optim.adam(f, x, {learningRate = 0.1}, state) end
          end
          local x, state = torch.Tensor{1, 2}, {}
          train(x, state, 3)
          torch.save(file, {x = x, state = state})
          train(x, state, 3)
          local saved = torch.load(file)
          train(saved.x, saved.state, 3)
          return x, saved.x
        end"""
    )(str(tmp_path / "state.t7"))
    assert torch.equal(straight, resumed)
