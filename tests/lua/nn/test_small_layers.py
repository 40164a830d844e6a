"""Layers that have a loop for few elements and a library's call for many: both sizes against PyTorch."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from pytorch_fbcunn_compat import LuaError

CLOSE = {"torch.DoubleTensor": {"rtol": 1e-11, "atol": 1e-11}, "torch.FloatTensor": {"rtol": 1e-4, "atol": 1e-4}}
TYPES = list(CLOSE)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("size", ["7", "3, 7", "1, 7", "60, 90", "90"])
def test_linear(nn, kind, bias, size) -> None:
    width = size.split(", ")[-1]
    nn.execute(
        f"""
        torch.manualSeed(1)
        m = nn.Linear({width}, 33, {str(bias).lower()}):type('{kind}')
        x = torch.randn({size}):type('{kind}')
        y = m:forward(x)
        g = torch.randn(y:size()):type('{kind}')
        m:zeroGradParameters()
        m:backward(x, g, 3)
        """
    )
    x = nn.eval("x").clone().requires_grad_()
    weight = nn.eval("m.weight").clone().requires_grad_()
    added = nn.eval("m.bias").clone().requires_grad_() if bias else None
    y = functional.linear(x, weight, added)
    torch.testing.assert_close(nn.eval("y"), y.detach(), **CLOSE[kind])
    y.backward(nn.eval("g"))
    torch.testing.assert_close(nn.eval("m.gradInput"), x.grad, **CLOSE[kind])
    torch.testing.assert_close(nn.eval("m.gradWeight"), 3 * weight.grad, **CLOSE[kind])
    if added is not None:
        torch.testing.assert_close(nn.eval("m.gradBias"), 3 * added.grad, **CLOSE[kind])


def test_linear_says_which_sizes_do_not_fit(nn) -> None:
    with pytest.raises(LuaError, match=r"size mismatch, m1: \[2 x 4\], m2: \[3 x 5\]"):
        nn.execute("nn.Linear(3, 5):forward(torch.randn(2, 4))")
    with pytest.raises(LuaError, match="input must be vector or matrix"):
        nn.execute("nn.Linear(3, 5):forward(torch.randn(2, 2, 3))")


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", ["SoftMax", "LogSoftMax"])
@pytest.mark.parametrize(("size", "dim"), [("5", 0), ("4, 5", 1), ("3, 2, 2", 0), ("2, 3, 2, 2", 1), ("70, 50", 1)])
def test_softmax(nn, kind, name, size, dim) -> None:
    nn.execute(
        f"""
        torch.manualSeed(2)
        m = nn.{name}():type('{kind}')
        x = torch.randn({size}):mul(30):type('{kind}')
        y = m:forward(x)
        g = torch.randn({size}):type('{kind}')
        m:backward(x, g)
        """
    )
    x = nn.eval("x").clone().requires_grad_()
    y = functional.softmax(x, dim) if name == "SoftMax" else functional.log_softmax(x, dim)
    torch.testing.assert_close(nn.eval("y"), y.detach(), **CLOSE[kind])
    y.backward(nn.eval("g"))
    torch.testing.assert_close(nn.eval("m.gradInput"), x.grad, **CLOSE[kind])


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("average", [True, False])
def test_likelihood(nn, weighted, average) -> None:
    nn.execute(
        f"""
        torch.manualSeed(3)
        w = {"torch.rand(4)" if weighted else "nil"}
        c = nn.ClassNLLCriterion(w, {str(average).lower()}, 2)
        x, t = torch.randn(6, 4), torch.LongTensor{{1, 2, 3, 4, 2, 1}}
        loss, total = c:forward(x, t)
        c:backward(x, t)
        """
    )
    x = nn.eval("x").clone().requires_grad_()
    target = nn.eval("t") - 1
    weight = nn.eval("w") if weighted else None
    loss = functional.nll_loss(x, target, weight, reduction="mean" if average else "sum", ignore_index=1)
    assert nn.eval("loss") == pytest.approx(loss.item(), rel=1e-12)
    loss.backward()
    torch.testing.assert_close(nn.eval("c.gradInput"), x.grad, rtol=1e-12, atol=1e-12)
    counted = target != 1
    assert nn.eval("total") == pytest.approx(weight[target[counted]].sum().item() if weighted else counted.sum().item())


def test_a_class_out_of_bounds_is_refused(nn) -> None:
    with pytest.raises(LuaError, match="Target 5 is out of bounds: classes are 1 to 4"):
        nn.execute("nn.ClassNLLCriterion():forward(torch.randn(2, 4), torch.LongTensor{1, 5})")


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize(
    ("layer", "size"), [("BatchNormalization", "5, 6"), ("SpatialBatchNormalization", "3, 6, 7, 9")]
)
def test_batch_normalisation(nn, kind, train, layer, size) -> None:
    nn.execute(
        f"""
        torch.manualSeed(4)
        m = nn.{layer}(6, 1e-3, 0.2)
        m.running_mean:uniform(); m.running_var:uniform(1, 2); m.bias:uniform()
        m = m:type('{kind}')
        if not {str(train).lower()} then m:evaluate() end
        before_mean, before_var = m.running_mean:clone(), m.running_var:clone()
        x = torch.randn({size}):mul(3):add(1):type('{kind}')
        y = m:forward(x)
        g = torch.randn({size}):type('{kind}')
        m:zeroGradParameters()
        m:backward(x, g, 2)
        """
    )
    x = nn.eval("x").clone().requires_grad_()
    weight = nn.eval("m.weight").clone().requires_grad_()
    bias = nn.eval("m.bias").clone().requires_grad_()
    mean, var = nn.eval("before_mean").clone(), nn.eval("before_var").clone()
    y = functional.batch_norm(x, mean, var, weight, bias, train, 0.2, 1e-3)
    torch.testing.assert_close(nn.eval("y"), y.detach(), **CLOSE[kind])
    torch.testing.assert_close(nn.eval("m.running_mean"), mean, **CLOSE[kind])
    torch.testing.assert_close(nn.eval("m.running_var"), var, **CLOSE[kind])
    y.backward(nn.eval("g"))
    torch.testing.assert_close(nn.eval("m.gradInput"), x.grad, **CLOSE[kind])
    torch.testing.assert_close(nn.eval("m.gradWeight"), 2 * weight.grad, **CLOSE[kind])
    torch.testing.assert_close(nn.eval("m.gradBias"), 2 * bias.grad, **CLOSE[kind])


@pytest.mark.parametrize("name", ["Sigmoid", "Tanh"])
@pytest.mark.parametrize("size", ["7", "90, 70"])
def test_squashing(nn, name, size) -> None:
    nn.execute(f"m = nn.{name}(); x = torch.randn({size}); y = m:forward(x); g = torch.randn({size}); m:backward(x, g)")
    x = nn.eval("x").clone().requires_grad_()
    y = getattr(torch, name.lower())(x)
    torch.testing.assert_close(nn.eval("y"), y.detach(), rtol=1e-12, atol=1e-12)
    y.backward(nn.eval("g"))
    torch.testing.assert_close(nn.eval("m.gradInput"), x.grad, rtol=1e-12, atol=1e-12)


def test_linear_learns_nothing_from_an_input_of_three_dimensions(nn) -> None:
    nn.execute(
        """
        m = nn.Linear(4, 2)
        m:zeroGradParameters()
        m:backward(torch.randn(3, 2, 2), torch.randn(3, 2))
        """
    )
    assert nn.eval("m.gradInput").shape == (3, 2, 2) and nn.eval("m.gradInput:norm()") == 0
    assert nn.eval("m.gradWeight:norm()") == 0
