"""The layers of nnx, against PyTorch and against finite differences."""

from __future__ import annotations

import pytest
import torch

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime

HIERARCHY = "{[7] = torch.IntTensor{8, 9}, [8] = torch.IntTensor{1, 2, 3}, [9] = torch.IntTensor{4, 5}}"


@pytest.fixture
def nnx(lua: LuaRuntime) -> LuaRuntime:
    lua.execute("require 'nnx'; torch.manualSeed(1)")
    return lua


@pytest.mark.parametrize(
    ("module", "size"),
    [
        ("nn.Minus()", "2, 3"),
        ("nn.MultiSoftMax()", "2, 3, 4"),
        ("nn.SpatialPadding(1, -1, 2, 0)", "2, 4, 5"),
        ("nn.SpatialReSampling{owidth = 7, oheight = 5}", "2, 3, 4"),
        ("nn.SpatialReSampling{rwidth = 0.5, rheight = 2}", "2, 2, 4, 6"),
        ("nn.SpatialUpSampling{dW = 2, dH = 3}", "2, 3, 4"),
        ("nn.SpatialClassifier(nn.Linear(3, 2))", "3, 4, 5"),
        ("nn.SpatialClassifier(nn.Linear(3, 2))", "2, 3, 4, 5"),
        ("nn.FunctionWrapper(function(s) s.k = 3 end, function(s, x) return x * s.k end, "
         "function(s, x, g) return g * s.k end)", "2, 3"),
    ],
)  # fmt: skip
def test_gradients_are_those_of_finite_differences(nnx: LuaRuntime, module: str, size: str) -> None:
    nnx.execute(f"m = {module}; x = torch.randn({size})")
    assert nnx.eval("nn.Jacobian.testJacobian(m, x)") < 1e-6
    if "Linear" in module:
        nnx.execute("w, g = m:parameters()")
        assert nnx.eval("nn.Jacobian.testJacobianParameters(m, x, w[1], g[1])") < 1e-6


def test_resampling_is_bilinear_with_fixed_corners(nnx: LuaRuntime) -> None:
    nnx.execute("x = torch.randn(2, 3, 4, 5); y = nn.SpatialReSampling{owidth = 8, oheight = 3}:forward(x)")
    expected = torch.nn.functional.interpolate(nnx.eval("x"), (3, 8), mode="bilinear", align_corners=True)
    torch.testing.assert_close(nnx.eval("y"), expected, rtol=0, atol=1e-5)  # the ratios are floats, as they were


def test_padding_and_repetition(nnx: LuaRuntime) -> None:
    x = nnx.eval("torch.range(1, 6):resize(1, 2, 3)")
    nnx.globals["x"] = x
    padded = nnx.eval("nn.SpatialPadding(1, -1, 0, 1, nil, nil, 9):forward(x)")
    assert padded.tolist() == [[[9, 1, 2], [9, 4, 5], [9, 9, 9]]]
    repeated = nnx.eval("nn.SpatialUpSampling(2, 3):forward(x)")
    torch.testing.assert_close(repeated, x.repeat_interleave(3, 1).repeat_interleave(2, 2))


def test_tree_of_softmaxes(nnx: LuaRuntime) -> None:
    nnx.execute(
        f"""
        m = nn.SoftMaxTree(4, {HIERARCHY}, 7)
        x, t, g = torch.randn(3, 4), torch.IntTensor{{3, 4, 3}}, torch.randn(3)
        m:zeroGradParameters()
        y = m:forward{{x, t}}
        dx, dt = unpack(m:backward({{x, t}}, g))
        """
    )
    x = nnx.eval("x").clone().requires_grad_()
    weight, bias = nnx.eval("m.weight").clone().requires_grad_(), nnx.eval("m.bias").clone().requires_grad_()
    scores = x @ weight.T + bias
    root = scores[:, :2].log_softmax(1)
    left, right = scores[:, 2:5].log_softmax(1), scores[:, 5:].log_softmax(1)
    y = torch.stack([root[0, 0] + left[0, 2], root[1, 1] + right[1, 0], root[2, 0] + left[2, 2]])
    y.backward(nnx.eval("g"))
    torch.testing.assert_close(nnx.eval("y"), y.detach())
    for name, value in (("dx", x.grad), ("m.gradWeight", weight.grad), ("m.gradBias", bias.grad)):
        torch.testing.assert_close(nnx.eval(name), value)
    assert nnx.eval("dt:sum(), m.updates[7], m.updates[8], m.updates[9]") == (0, 3, 2, 1)
    nnx.execute("other = m:clone(); m:backwardUpdate({x, t}, g, 0.1)")
    torch.testing.assert_close(nnx.eval("m.weight"), (weight - 0.1 * weight.grad).detach())
    nnx.execute(f"lean = nn.SoftMaxTree(4, {HIERARCHY}, 7, true); lean.weight:copy(other.weight)")
    nnx.execute("lean.bias:copy(other.bias); lean:forward{x, t}; lean:backwardUpdate({x, t}, g, 0.1)")
    torch.testing.assert_close(nnx.eval("lean.weight"), nnx.eval("m.weight"))
    with pytest.raises(LuaError, match="node 99 is not in the hierarchy"):
        nnx.execute("m:forward{x, torch.IntTensor{1, 2, 99}}")


def test_tree_criterion_is_the_mean(nnx: LuaRuntime) -> None:
    nnx.execute("c = nn.TreeNLLCriterion(); y = torch.Tensor{-1, -2, -6}")
    assert nnx.eval("c:forward(y), c:backward(y):sum()") == (3, -1)


def test_pushed_tensors_come_back(nnx: LuaRuntime) -> None:
    nnx.execute(
        """
        push = nn.PushTable(2); pull = push:pull(2)
        linear = nn.Linear(3, 2)
        net = nn.Sequential():add(push):add(nn.SelectTable(1)):add(linear):add(pull):add(nn.CMulTable())
        x, k = torch.randn(4, 3), torch.randn(4, 2)
        y = net:forward{x, k}
        g = net:backward({x, k}, torch.ones(4, 2))
        """
    )
    torch.testing.assert_close(nnx.eval("y"), nnx.eval("torch.cmul(linear.output, k)"))
    torch.testing.assert_close(nnx.eval("g[2]"), nnx.eval("linear.output"))
    torch.testing.assert_close(nnx.eval("g[1]"), nnx.eval("k * linear.weight"))


def test_criterions_are_added(nnx: LuaRuntime) -> None:
    nnx.execute("c = nn.SuperCriterion():add(nn.MSECriterion()):add(nn.AbsCriterion(), 2)")
    assert nnx.eval("c:forward({torch.ones(2), torch.ones(2)}, {torch.zeros(2), torch.zeros(2)})") == 3
    assert nnx.eval("c:backward({torch.ones(2), torch.ones(2)}, torch.zeros(2))[2]:sum()") == 2


def test_what_is_not_here_is_named(nnx: LuaRuntime) -> None:
    with pytest.raises(LuaError, match=r"nn\.CTCCriterion of nnx is not supported; use torch\.nn\.CTCLoss"):
        nnx.execute("nn.CTCCriterion()")
