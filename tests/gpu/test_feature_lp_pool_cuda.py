"""fbcunn::feature_lp_pool on CUDA against the CPU."""

from __future__ import annotations

import pytest
import torch

from pytorch_fbcunn_compat.ops import feature_lp_pool, feature_lp_pool_reference


@pytest.mark.parametrize("power", [1, 2, 3, 4, 6])
@pytest.mark.parametrize(("width", "stride"), [(2, 1), (3, 2), (16, 4)])
@pytest.mark.parametrize(("shape", "dim"), [((17,), 0), ((3, 19, 5), 1), ((2, 33, 4, 3), 1), ((0, 18, 2), 1)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_output_and_gradient(shape, dim, width, stride, power, dtype):
    x = (torch.rand(shape, dtype=dtype) + 0.1).requires_grad_()
    on_gpu = x.detach().cuda().requires_grad_()
    y, expected = feature_lp_pool(on_gpu, width, stride, power, dim), feature_lp_pool(x, width, stride, power, dim)
    torch.testing.assert_close(y.cpu(), expected)
    grad = torch.randn_like(expected)
    y.backward(grad.cuda())
    expected.backward(grad)
    torch.testing.assert_close(on_gpu.grad.cpu(), x.grad)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precisions(dtype):
    x = (torch.rand(4, 12, 5, device="cuda") + 0.1).to(dtype)
    expected = feature_lp_pool_reference(x.double(), 5, 2, 2.0).to(dtype)
    torch.testing.assert_close(feature_lp_pool(x, 5, 2, 2.0), expected)


def test_gradcheck_opcheck_and_strides():
    x = (torch.rand(2, 9, 3, dtype=torch.float64, device="cuda") + 0.5).requires_grad_()
    assert torch.autograd.gradcheck(lambda t: feature_lp_pool(t, 4, 2, 3.0), x)
    torch.library.opcheck(torch.ops.fbcunn.feature_lp_pool.default, (x, 1, 3, 2, 2.0))
    strided = torch.rand(5, 4, 12, device="cuda").transpose(1, 2)
    torch.testing.assert_close(feature_lp_pool(strided, 3, 2), feature_lp_pool(strided.contiguous(), 3, 2))
