"""Max pooling of images against PyTorch, and where Torch7 differs from it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pytorch_fbcunn_compat.lua import LuaError

GEOMETRIES = [
    # kW, kH, dW, dH, padW, padH, ceil
    (2, 2, 2, 2, 0, 0, False),
    (2, 2, 2, 2, 0, 0, True),
    (3, 3, 2, 2, 1, 1, False),
    (3, 2, 1, 2, 1, 0, True),
    (5, 3, 4, 3, 2, 1, True),
    (1, 1, 1, 1, 0, 0, False),
]


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(3, 8, 8), (2, 3, 9, 7), (1, 2, 6, 11)])
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_outputs_places_and_gradients_are_pytorchs(nn, geometry, shape, kind) -> None:
    kW, kH, dW, dH, padW, padH, ceil = geometry
    x = torch.from_numpy(np.random.default_rng(3).standard_normal(shape).astype(kind)).requires_grad_()
    expected, places = torch.nn.functional.max_pool2d(
        x, (kH, kW), (dH, dW), (padH, padW), ceil_mode=ceil, return_indices=True
    )
    gradient = torch.randn_like(expected)
    expected.backward(gradient)
    output, indices, grad_input = nn.execute(
        """
        local x, g, kind, ceil, kW, kH, dW, dH, padW, padH = ...
        local m = nn.SpatialMaxPooling(kW, kH, dW, dH, padW, padH):type(kind)
        if ceil then m:ceil() end
        local y = m:forward(x)
        return y, m.indices, m:backward(x, g)
        """,
        *(x.detach(), gradient, {"float32": "torch.FloatTensor", "float64": "torch.DoubleTensor"}[kind]),
        *(ceil, kW, kH, dW, dH, padW, padH),
    )
    assert torch.equal(output, expected)
    assert torch.equal(indices, places + 1)
    assert torch.allclose(grad_input, x.grad, rtol=0, atol=1e-6)


def test_dilated_windows_and_inputs_that_are_not_contiguous(nn) -> None:
    x = torch.randn(2, 9, 10, 3, dtype=torch.float64).permute(0, 3, 1, 2)
    expected = torch.nn.functional.max_pool2d(x, (3, 2), (2, 1), (1, 1), (2, 3))
    output = nn.execute("return nn.SpatialDilatedMaxPooling(2, 3, 1, 2, 1, 1, 3, 2):forward(...)", x)
    assert torch.equal(output, expected)


def test_nan_never_wins_and_a_window_of_nan_passes_no_gradient(nn) -> None:
    nan = float("nan")
    x = torch.tensor([[[nan, 1.0, nan, nan], [2.0, nan, nan, nan]]], dtype=torch.float64)
    output, grad_input = nn.execute(
        "local m, x = nn.SpatialMaxPooling(2, 2), ... local y = m:forward(x)"
        " return y, m:backward(x, y:clone():fill(5))",
        x,
    )
    assert output.flatten().tolist() == [2.0, float("-inf")]
    assert grad_input.flatten().tolist() == [0, 0, 0, 0, 5, 0, 0, 0]


def test_windows_larger_than_the_image_are_refused(nn) -> None:
    with pytest.raises(LuaError, match=r"Given input size: \(1x2x2\).*Output size is too small"):
        nn.execute("nn.SpatialMaxPooling(3, 3):forward(torch.Tensor(1, 2, 2))")
