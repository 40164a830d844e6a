"""Modules against finite differences, against themselves sample by sample, and on awkward input."""

from __future__ import annotations

import pytest

# constructor, size of one sample
LAYERS = [
    ("nn.Linear(4, 3)", (4,)),
    ("nn.SpatialConvolution(2, 3, 3, 2, 2, 1, 1, 1)", (2, 6, 5)),
    ("nn.SpatialConvolutionMM(2, 3, 3, 3)", (2, 5, 5)),
    ("nn.SpatialDilatedConvolution(2, 2, 2, 2, 1, 1, 1, 1, 2, 2)", (2, 5, 5)),
    ("nn.SpatialFullConvolution(2, 3, 3, 3, 2, 2, 1, 1, 1, 1)", (2, 3, 4)),
    ("nn.SpatialDepthWiseConvolution(2, 2, 2, 2)", (2, 4, 4)),
    ("nn.SpatialConvolutionLocal(2, 2, 4, 5, 2, 3)", (2, 5, 4)),
    ("nn.SpatialConvolutionMap(nn.tables.random(3, 2, 2), 2, 2)", (3, 4, 4)),
    ("nn.VolumetricConvolution(1, 2, 2, 2, 2)", (1, 3, 3, 3)),
    ("nn.VolumetricFullConvolution(1, 2, 2, 2, 2)", (1, 2, 2, 2)),
    ("nn.TemporalConvolution(3, 2, 2)", (5, 3)),
    ("nn.TemporalRowConvolution(3, 2)", (5, 3)),
    ("nn.SpatialMaxPooling(2, 2)", (2, 5, 6)),
    ("nn.SpatialAveragePooling(3, 3, 2, 2, 1, 1)", (2, 5, 6)),
    ("nn.SpatialSubSampling(2, 2, 2, 2, 2)", (2, 4, 4)),
    ("nn.SpatialCrossMapLRN(3)", (4, 3, 3)),
    ("nn.PReLU()", (3, 4)),
    ("nn.Euclidean(4, 3)", (4,)),
    ("nn.Cosine(4, 3)", (4,)),
    ("nn.Tanh()", (3, 4)),
    ("nn.SoftPlus()", (3, 4)),
    ("nn.LogSigmoid()", (3, 4)),
]


def size(*extents: int) -> str:
    """Extents as Lua arguments."""
    return ", ".join(map(str, extents))


@pytest.mark.parametrize(("layer", "sample"), LAYERS, ids=[layer for layer, _ in LAYERS])
def test_gradients_are_those_of_finite_differences(nn, layer, sample):
    nn.execute(f"torch.manualSeed(5); m = {layer}; x = torch.Tensor({size(2, *sample)})")
    assert nn.eval("nn.Jacobian.testJacobian(m, x)") < 1e-6
    for parameter, gradient in (("weight", "gradWeight"), ("bias", "gradBias")):
        if nn.eval(f"m.{parameter} ~= nil"):
            assert nn.eval(f"nn.Jacobian.testJacobianParameters(m, x, m.{parameter}, m.{gradient})") < 1e-5


@pytest.mark.parametrize(("layer", "sample"), LAYERS, ids=[layer for layer, _ in LAYERS])
def test_a_batch_is_its_samples_one_by_one(nn, layer, sample):
    nn.execute(
        f"""
        torch.manualSeed(6)
        m = {layer}
        x = torch.randn({size(3, *sample)})
        out = m:forward(x):clone()
        go = torch.randn(out:size())
        gi = m:backward(x, go):clone()
        worst = 0
        for i = 1, 3 do
          worst = math.max(worst, torch.dist(m:forward(x[i]), out[i]), torch.dist(m:backward(x[i], go[i]), gi[i]))
        end
        """
    )
    assert nn.eval("worst") < 1e-12


@pytest.mark.parametrize(("layer", "sample"), LAYERS, ids=[layer for layer, _ in LAYERS])
def test_strides_do_not_matter_and_float_agrees_with_double(nn, layer, sample):
    nn.execute(
        f"""
        torch.manualSeed(7)
        m = {layer}
        x = torch.randn({size(2, *sample)})
        out = m:forward(x):clone()
        go = torch.randn(out:size())
        gi = m:backward(x, go):clone()
        local function strided(t)
          local wide = torch.zeros(t:nElement() * 2)
          local n, size, stride = t:dim(), t:size(), t:stride()
          for d = 1, n do stride[d] = stride[d] * 2 end
          return t.new(wide:storage(), 1, size, stride):copy(t)
        end
        xs, gos = strided(x), strided(go)
        contiguous = xs:isContiguous()
        worst = math.max(torch.dist(m:forward(xs), out), torch.dist(m:backward(xs, gos), gi))
        f = m:clone():float()
        single = torch.dist(f:forward(x:float()):double(), out) / (out:norm() + 1)
        """
    )
    assert nn.eval("contiguous") is False
    assert nn.eval("worst") < 1e-12
    assert nn.eval("single") < 1e-5
