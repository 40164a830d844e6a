"""Few long sums of products on CUDA: rounded once."""

from __future__ import annotations

import pytest
import torch

from pytorch_fbcunn_compat.ops.conv import ConvProblem, Plan, execute


@pytest.mark.parametrize(
    ("m", "n", "k"), [(1, 1, 1), (1, 1, 43264), (4, 4, 1000), (3, 2, 31), (16, 1, 2049), (2, 3, 0)]
)
def test_results_are_rounded_once(m, n, k):
    torch.manual_seed(k)
    a, b = torch.randn(m, k, device="cuda"), torch.randn(n, k, device="cuda")
    exact = a.double() @ b.double().t()
    found = torch.ops.fbcunn.row_products(a, b)
    # Two double sums in another order: only a result halfway between two floats could differ.
    assert (found - exact).abs().le(exact.abs() * 2**-24 * (1 + 1e-6) + 1e-30).all()


def test_any_alignment_and_stride():
    a, b = torch.randn(4, 101, device="cuda"), torch.randn(101, 3, device="cuda")
    found = torch.ops.fbcunn.row_products(a[:, 1:], b.t()[:, 1:])
    torch.testing.assert_close(found.double(), a[:, 1:].double() @ b[1:].double(), rtol=1e-7, atol=1e-7)


def test_opcheck_and_refusals():
    a, b = torch.randn(2, 5, device="cuda"), torch.randn(3, 5, device="cuda")
    torch.library.opcheck(torch.ops.fbcunn.row_products.default, (a, b))
    with pytest.raises(RuntimeError, match="expected float"):
        torch.ops.fbcunn.row_products(a.double(), b.double())
    with pytest.raises(RuntimeError, match="expected matrices"):
        torch.ops.fbcunn.row_products(a, b.t())


@pytest.mark.parametrize("channels_last", [False, True])
def test_a_single_output_has_no_more_than_a_rounding_error(channels_last):
    form = torch.channels_last if channels_last else torch.contiguous_format
    for planes in (1, 7, 256):
        x, weight = (torch.randn(1, planes, 7, 7, device="cuda").contiguous(memory_format=form) for _ in range(2))
        problem = ConvProblem.of(x, weight, (0, 0), 1, "fp32")
        y = execute.forward(problem, Plan("gemm"), x, weight, None, False, 0)
        exact = (x.double() * weight.double()).sum()
        assert abs(y.item() - exact.item()) <= abs(exact.item()) * 2**-24 * (1 + 1e-6)
