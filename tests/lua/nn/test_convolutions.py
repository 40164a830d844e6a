"""Convolutions against PyTorch's, in the argument order and weight layout of Torch7."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from pytorch_fbcunn_compat import LuaError

# constructor, kernel arguments of the reference, transposed
PLANAR = [
    ("nn.SpatialConvolution(3, 4, 3, 2)", {}, False),
    ("nn.SpatialConvolution(3, 4, 3, 2, 2, 3, 1, 2)", {"stride": (3, 2), "padding": (2, 1)}, False),
    ("nn.SpatialConvolution(3, 4, 1, 1)", {}, False),
    ("nn.SpatialConvolution(3, 4, 1, 1, 2, 2)", {"stride": 2}, False),
    ("nn.SpatialConvolutionMM(3, 4, 5, 5, 1, 1, 4, 4)", {"padding": 4}, False),
    ("nn.SpatialDilatedConvolution(3, 4, 2, 3, 1, 2, 1, 3, 2, 2)",
     {"stride": (2, 1), "padding": (3, 1), "dilation": 2}, False),
    ("nn.SpatialFullConvolution(3, 4, 3, 2)", {}, True),
    ("nn.SpatialFullConvolution(3, 4, 4, 4, 2, 2, 1, 1)", {"stride": 2, "padding": 1}, True),
    ("nn.SpatialFullConvolution(3, 4, 3, 3, 3, 2, 1, 0, 2, 1)",
     {"stride": (2, 3), "padding": (0, 1), "output_padding": (1, 2)}, True),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "options", "transposed"), PLANAR, ids=[row[0] for row in PLANAR])
@pytest.mark.parametrize("size", ["3, 9, 8", "2, 3, 7, 9"])
def test_planar_convolutions_agree_with_pytorchs(nn, layer, options, transposed, size) -> None:
    nn.execute(
        f"""
        torch.manualSeed(3)
        m = {layer}
        x = torch.randn({size})
        y = m:forward(x)
        g = torch.randn(y:size())
        m:zeroGradParameters()
        m:backward(x, g, 0.5)
        """
    )
    x = nn.eval("x").clone().requires_grad_()
    weight = nn.eval("m.weight:view(m.nOutputPlane, 3, m.kH, m.kW)" if not transposed else "m.weight").clone()
    bias = nn.eval("m.bias").clone()
    weight.requires_grad_()
    bias.requires_grad_()
    reference = functional.conv_transpose2d if transposed else functional.conv2d
    y = reference(x, weight, bias, **options)
    torch.testing.assert_close(nn.eval("y"), y.detach(), rtol=1e-12, atol=1e-12)
    y.backward(nn.eval("g"))
    torch.testing.assert_close(nn.eval("m.gradInput"), x.grad, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(nn.eval("m.gradWeight").reshape(weight.shape), 0.5 * weight.grad, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(nn.eval("m.gradBias"), 0.5 * bias.grad, rtol=1e-12, atol=1e-12)


def test_the_buffers_of_a_convolution_stay_the_same_objects(nn) -> None:
    nn.execute(
        """
        m = nn.SpatialConvolution(2, 3, 3, 3)
        output, gradInput = m.output, m.gradInput
        for _, size in ipairs { 5, 7 } do
          local x = torch.randn(2, 2, size, size)
          m:backward(x, m:forward(x):clone())
        end
        same = m.output == output and m.gradInput == gradInput
        """
    )
    assert nn.eval("same") is True


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("nn.SpatialConvolution(2, 3, 5, 5):forward(torch.randn(2, 4, 4))", r"Output size is too small"),
        ("nn.SpatialConvolution(2, 3, 3, 3):forward(torch.randn(3, 4, 4))", r"2 input planes, but got input of size"),
        ("nn.SpatialConvolution(2, 3, 3, 3):forward(torch.randn(4, 4))", r"3D or 4D \(batch mode\) tensor expected"),
        ("nn.SpatialConvolution(2, 3, 3, 3):forward(torch.randn(2, 4, 4):float())", r"weight is a tensor of Double"),
        ("local m = nn.SpatialConvolution(2, 3, 3, 3); m:forward(torch.randn(2, 4, 4)); "
         "m:backward(torch.randn(2, 4, 4), torch.randn(3, 3, 3))", r"Need gradOutput of size \[3, 2, 2\]"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(nn, code, message) -> None:
    with pytest.raises(LuaError, match=message):
        nn.execute(code)


def dense(weight: torch.Tensor, table: torch.Tensor, inputs: int, outputs: int, transposed: bool) -> torch.Tensor:
    """The weight of an ordinary convolution with zeros where nothing is connected."""
    whole = torch.zeros(outputs, inputs, *weight.shape[1:], dtype=weight.dtype)
    for kernel, (source, target) in zip(weight, table.long().tolist(), strict=True):
        whole[target - 1, source - 1] += kernel
    return whole.transpose(0, 1) if transposed else whole


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(
    "table", ["nn.tables.random(4, 3, 2)", "nn.tables.oneToOne(4)", "torch.Tensor{{1,1},{1,1},{4,2}}"]
)
@pytest.mark.parametrize("size", ["4, 6, 7", "2, 4, 5, 6"])
def test_connection_tables_agree_with_dense_convolutions(nn, transposed, table, size) -> None:
    nn.execute(
        f"""
        torch.manualSeed(4)
        m = nn.Spatial{"Full" if transposed else ""}ConvolutionMap({table}, 3, 2, 2, 1)
        x = torch.randn({size})
        y = m:forward(x)
        g = torch.randn(y:size())
        m:zeroGradParameters()
        m:backward(x, g, 2)
        """
    )
    x = nn.eval("x").clone().requires_grad_()
    weight = nn.eval("m.weight").clone().requires_grad_()
    bias = nn.eval("m.bias").clone().requires_grad_()
    outputs = int(nn.eval("m.nOutputPlane"))
    kernel = dense(weight, nn.eval("m.connTable"), 4, outputs, transposed)
    reference = functional.conv_transpose2d if transposed else functional.conv2d
    y = reference(x, kernel, bias, stride=(1, 2))
    torch.testing.assert_close(nn.eval("y"), y.detach(), rtol=1e-12, atol=1e-12)
    y.backward(nn.eval("g"))
    torch.testing.assert_close(nn.eval("m.gradInput"), x.grad, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(nn.eval("m.gradWeight"), 2 * weight.grad, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(nn.eval("m.gradBias"), 2 * bias.grad, rtol=1e-12, atol=1e-12)


def test_a_connection_beyond_the_planes_is_refused(nn) -> None:
    nn.execute("m = nn.SpatialConvolutionMap(torch.Tensor{{1, 1}, {2, 2}}, 2, 2)")
    with pytest.raises(LuaError, match="at least 2 expected, got 1"):
        nn.execute("m:forward(torch.randn(1, 4, 4))")
    with pytest.raises(LuaError, match="connection 2 joins plane 0 to 2"):
        nn.execute("m.connTable[2][1] = 0; m:forward(torch.randn(2, 4, 4))")
