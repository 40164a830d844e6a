"""fbcunn::feature_lp_pool against its plain-PyTorch reference."""

import pytest
import torch

from pytorch_fbcunn_compat.nn import FeatureLPPooling
from pytorch_fbcunn_compat.ops import feature_lp_pool, feature_lp_pool_reference

SHAPES = [((7,), 0), ((3, 16), 1), ((2, 17, 5), 1), ((2, 9, 4, 3), 1), ((0, 6, 2), 1), ((4, 5, 6), 2)]


@pytest.mark.parametrize("power", [1, 2, 3, 4, 6])
@pytest.mark.parametrize(("width", "stride"), [(2, 1), (3, 2), (5, 3), (4, 4)])
@pytest.mark.parametrize(("shape", "dim"), SHAPES)
def test_output_and_gradient_equal_the_reference(shape, dim, width, stride, power):
    x = torch.rand(shape, dtype=torch.float64) + 0.1
    ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    y = feature_lp_pool(ours, width, stride, power, dim)
    expected = feature_lp_pool_reference(theirs, width, stride, power, dim)
    torch.testing.assert_close(y, expected)
    grad = torch.randn_like(y)
    y.backward(grad)
    expected.backward(grad)
    torch.testing.assert_close(ours.grad, theirs.grad)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_lower_precisions_accumulate_in_float(dtype):
    x = (torch.rand(4, 12, 5) + 0.1).to(dtype)
    expected = feature_lp_pool_reference(x.double(), 5, 2, 2.0).to(dtype)
    torch.testing.assert_close(feature_lp_pool(x, 5, 2, 2.0), expected)


def test_non_contiguous_input_gives_the_same_as_its_copy():
    x = torch.rand(5, 4, 12).transpose(1, 2)
    assert not x.is_contiguous()
    torch.testing.assert_close(feature_lp_pool(x, 3, 2), feature_lp_pool(x.contiguous(), 3, 2))


def test_gradcheck():
    x = (torch.rand(2, 9, 3, dtype=torch.float64) + 0.5).requires_grad_()
    for power in (2.0, 3.0, 2.5):
        assert torch.autograd.gradcheck(lambda t, p=power: feature_lp_pool(t, 4, 2, p), x)


def test_a_window_of_zeros_has_zero_gradient():
    x = torch.zeros(1, 6, requires_grad=True)
    feature_lp_pool(x, 3, 1).sum().backward()
    assert torch.equal(x.grad, torch.zeros(1, 6))


def test_odd_powers_keep_the_sign():
    x = torch.tensor([[-1.0, -2.0, 3.0]])
    torch.testing.assert_close(feature_lp_pool(x, 3, 1, 1.0), torch.tensor([[0.0]]))


def test_opcheck():
    x = torch.rand(3, 8, 4, requires_grad=True)
    torch.library.opcheck(torch.ops.fbcunn.feature_lp_pool.default, (x, 1, 3, 2, 2.0))
    x = x.detach()
    y = feature_lp_pool(x, 3, 2)
    torch.library.opcheck(torch.ops.fbcunn.feature_lp_pool_backward.default, (torch.ones_like(y), x, y, 1, 3, 2, 2.0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 1, 2.0, 1), "width must be"),
        ((3, 5, 2.0, 1), "stride must be"),
        ((9, 1, 2.0, 1), "exceeds the 8 features"),
        ((2, 1, 2.0, 5), "outside"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(RuntimeError, match=message):
        feature_lp_pool(torch.rand(2, 8), *arguments)


def test_integer_input_is_refused():
    with pytest.raises(RuntimeError, match="floating-point"):
        feature_lp_pool(torch.ones(2, 8, dtype=torch.int64), 3)


class TestModule:
    def test_batch_mode_chooses_the_feature_dimension(self):
        x = torch.rand(6, 7, 5)
        torch.testing.assert_close(FeatureLPPooling(3, 2, 2.0, True)(x), feature_lp_pool_reference(x, 3, 2, 2.0, 1))
        torch.testing.assert_close(FeatureLPPooling(3, 2, 2.0, False)(x), feature_lp_pool_reference(x, 3, 2, 2.0, 0))

    def test_wrong_rank_and_arguments_raise(self):
        with pytest.raises(ValueError, match="2 to 4 dimensions"):
            FeatureLPPooling(3, 2, 2.0)(torch.rand(6))
        with pytest.raises(ValueError, match="width"):
            FeatureLPPooling(17, 1, 2.0)
        with pytest.raises(ValueError, match="stride"):
            FeatureLPPooling(3, 0, 2.0)
