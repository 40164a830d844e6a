"""Fourier convolution on the CPU against ATen's convolution in fp64."""

import copy

import pytest
import torch
import torch.nn.functional as F

from pytorch_fbcunn_compat.functional import (
    conv1d_fft,
    conv2d_fft,
    fft1_batched,
    fft2_batched,
    ifft1_batched,
    ifft2_batched,
)
from pytorch_fbcunn_compat.nn import Conv1dFFT, Conv2dFFT, convert
from pytorch_fbcunn_compat.ops.conv import ConvProblem, Plan, execute
from pytorch_fbcunn_compat.ops.conv.operators import run_with_fallback

# N, C, F, H, W, kH, kW, padding, groups
GRID = [
    (2, 3, 5, 13, 13, 3, 3, (0, 0), 1),
    (3, 4, 8, 16, 16, 5, 5, (2, 2), 1),
    (1, 1, 1, 7, 7, 7, 7, (0, 0), 1),
    (2, 8, 12, 21, 17, 3, 5, (1, 3), 2),
    (2, 6, 6, 10, 12, 3, 3, (4, 3), 6),
    (1, 3, 2, 5, 9, 1, 1, (0, 0), 1),
    (2, 2, 3, 4, 4, 6, 6, (3, 3), 1),
]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FBCUNN_TUNE_CACHE", str(tmp_path / "tune.json"))


def tensors(n, c, f, h, w, kh, kw, groups, dtype=torch.float64):
    x = torch.randn(n, c, h, w, dtype=dtype, requires_grad=True)
    weight = torch.randn(f, c // groups, kh, kw, dtype=dtype, requires_grad=True)
    bias = torch.randn(f, dtype=dtype, requires_grad=True)
    return x, weight, bias


@pytest.mark.parametrize("strategy", ["auto", "fft", "cudnn"])
@pytest.mark.parametrize(("n", "c", "f", "h", "w", "kh", "kw", "padding", "groups"), GRID)
def test_output_and_gradients_equal_aten(n, c, f, h, w, kh, kw, padding, groups, strategy):
    x, weight, bias = tensors(n, c, f, h, w, kh, kw, groups)
    y = conv2d_fft(x, weight, bias, padding, groups, strategy=strategy)
    expected = F.conv2d(x, weight, bias, padding=padding, groups=groups)
    torch.testing.assert_close(y, expected)
    grad = torch.randn_like(y)
    ours = torch.autograd.grad(y, (x, weight, bias), grad)
    theirs = torch.autograd.grad(expected, (x, weight, bias), grad)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.float16, 1e-3), (torch.bfloat16, 8e-3)])
def test_lower_precisions(dtype, tolerance):
    x, weight, bias = (t.detach().to(dtype) for t in tensors(2, 6, 4, 14, 11, 5, 3, 1))
    y = conv2d_fft(x, weight, bias, 1, strategy="fft")
    expected = F.conv2d(x.double(), weight.double(), bias.double(), padding=1)
    assert y.dtype == dtype
    assert (y.double() - expected).norm() / expected.norm() < tolerance


def test_channels_last_and_strided_inputs():
    x, weight, _ = (t.detach() for t in tensors(2, 3, 4, 12, 12, 3, 3, 1))
    expected = F.conv2d(x, weight)
    torch.testing.assert_close(
        conv2d_fft(x.contiguous(memory_format=torch.channels_last), weight, strategy="fft"), expected
    )
    doubled = torch.stack([x, x], -1)[..., 0]
    assert not doubled.is_contiguous()
    torch.testing.assert_close(conv2d_fft(doubled, weight, strategy="fft"), expected)


def test_a_batch_equals_its_samples_one_by_one():
    x, weight, bias = (t.detach() for t in tensors(4, 3, 2, 9, 9, 3, 3, 1))
    singles = torch.stack([conv2d_fft(sample, weight, bias, strategy="fft") for sample in x])
    torch.testing.assert_close(conv2d_fft(x, weight, bias, strategy="fft"), singles)


@pytest.mark.parametrize("shape", [(0, 3, 8, 8)])
def test_zero_samples(shape):
    x = torch.randn(shape, requires_grad=True)
    weight = torch.randn(4, 3, 3, 3, requires_grad=True)
    y = conv2d_fft(x, weight)
    assert y.shape == (0, 4, 6, 6)
    y.sum().backward()
    assert x.grad.shape == shape
    assert torch.equal(weight.grad, torch.zeros_like(weight))


def test_relu_and_its_gradient():
    x, weight, bias = tensors(2, 3, 4, 9, 9, 3, 3, 1)
    y = conv2d_fft(x, weight, bias, relu=True)
    expected = F.conv2d(x, weight, bias).relu()
    torch.testing.assert_close(y, expected)
    ours = torch.autograd.grad(y.square().sum(), (x, weight, bias))
    theirs = torch.autograd.grad(expected.square().sum(), (x, weight, bias))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)


def test_a_memory_limit_cuts_the_batch_and_changes_nothing():
    x, weight, _ = tensors(7, 3, 4, 12, 12, 5, 5, 1)
    free = conv2d_fft(x, weight, strategy="fft")
    tight = conv2d_fft(x, weight, strategy="fft", memory_limit=30_000)
    torch.testing.assert_close(tight, free)
    grad = torch.randn_like(free)
    for a, b in zip(
        torch.autograd.grad(tight, (x, weight), grad), torch.autograd.grad(free, (x, weight), grad), strict=True
    ):
        torch.testing.assert_close(a, b)


def test_gradcheck():
    x, weight, bias = tensors(2, 4, 2, 6, 5, 3, 2, 2)
    assert torch.autograd.gradcheck(lambda *t: conv2d_fft(*t, (1, 0), 2, strategy="fft"), (x, weight, bias))


def test_opcheck_of_the_native_operators():
    x, weight, bias = tensors(2, 4, 6, 7, 8, 3, 3, 2)
    ops = torch.ops.fbcunn
    torch.library.opcheck(ops.conv_fft2d.default, (x, weight, bias, [1, 0], 2, 0, [], 0, False, 0))
    x, weight = x.detach(), weight.detach()
    grad = torch.randn(2, 6, 7, 6, dtype=x.dtype)
    torch.library.opcheck(ops.conv_fft2d_grad_input.default, (grad, weight, [7, 8], [1, 0], 2, 0, [], 0, 0))
    torch.library.opcheck(ops.conv_fft2d_grad_weight.default, (grad, x, [3, 3], [1, 0], 2, 0, [], 0, 0))


def test_opcheck_of_the_autotuned_operator():
    x, weight, bias = tensors(2, 4, 6, 7, 8, 3, 3, 2)
    torch.library.opcheck(torch.ops.fbcunn.conv2d_auto.default, (x, weight, bias, [1, 0], 2, "fft", "fp32", 0, True))


def test_compiles_without_a_graph_break():
    x, weight, bias = tensors(2, 3, 4, 9, 9, 3, 3, 1)
    compiled = torch.compile(lambda *t: conv2d_fft(*t, 1).tanh(), fullgraph=True, backend="aot_eager")
    y = compiled(x, weight, bias)
    expected = F.conv2d(x, weight, bias, padding=1).tanh()
    torch.testing.assert_close(y, expected)
    for a, b in zip(
        torch.autograd.grad(y.sum(), (x, weight, bias)),
        torch.autograd.grad(expected.sum(), (x, weight, bias)),
        strict=True,
    ):
        torch.testing.assert_close(a, b)


def test_autocast_computes_in_its_dtype():
    x, weight = torch.randn(2, 3, 9, 9), torch.randn(4, 3, 3, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = conv2d_fft(x, weight, strategy="fft")
        assert y.dtype == F.conv2d(x, weight).dtype == torch.bfloat16
    expected = F.conv2d(x.bfloat16().double(), weight.bfloat16().double())
    assert (y.double() - expected).norm() / expected.norm() < 4e-3


def test_a_transform_without_memory_falls_back_to_the_direct_method():
    x, weight = torch.randn(1, 2, 9, 9), torch.randn(3, 2, 3, 3)
    problem = ConvProblem.of(x, weight, (0, 0), 1, "fp32")
    plans = []

    def run(plan):
        plans.append(plan)
        return execute.forward(problem, plan, x, weight, None, False, 0)

    y = run_with_fallback(problem, Plan("fft", (1 << 20, 1 << 20)), run)
    assert plans[1:] == [Plan("direct")]
    torch.testing.assert_close(y, F.conv2d(x, weight))
    with pytest.raises(RuntimeError, match="does not hold the padded image"):
        run_with_fallback(problem, Plan("fft", (4, 4)), run)


def test_the_fake_kernel_of_kept_spectra_knows_their_sizes():
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        x, weight = torch.empty(2, 6, 20, 20), torch.empty(8, 6, 5, 5)
        op = torch.ops.fbcunn.conv_fft2d_keep
        output, kept, kept_weight, largest = op(x, weight, None, [0, 0], 1, 1, [16, 16], 0, False)
    tiles, frequencies, planes = 4, 16 * 9, 8
    assert output.shape == (2, 8, 16, 16)
    assert kept.shape == (2, 2 * frequencies * 2 * tiles * planes)
    assert kept_weight.shape == (2, 2 * frequencies * 8 * planes)
    assert largest.shape == (4,)


@pytest.mark.parametrize("padding", [0, 3, "same", "valid"])
def test_one_dimension(padding):
    x = torch.randn(3, 4, 50, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(6, 2, 9, dtype=torch.float64, requires_grad=True)
    y = conv1d_fft(x, weight, None, padding, 2, strategy="fft")
    expected = F.conv1d(x, weight, None, padding=padding, groups=2)
    torch.testing.assert_close(y, expected)
    for a, b in zip(
        torch.autograd.grad(y.sum(), (x, weight)), torch.autograd.grad(expected.sum(), (x, weight)), strict=True
    ):
        torch.testing.assert_close(a, b)


class TestErrors:
    def test_unknown_names(self):
        x, w = torch.randn(1, 1, 5, 5), torch.randn(1, 1, 3, 3)
        with pytest.raises(ValueError, match="unknown strategy 'winograd'"):
            conv2d_fft(x, w, strategy="winograd")
        with pytest.raises(ValueError, match="unknown precision"):
            conv2d_fft(x, w, precision="fp8")

    def test_a_strategy_that_the_device_lacks(self):
        with pytest.raises(ValueError, match="cannot compute"):
            conv2d_fft(torch.randn(1, 1, 5, 5), torch.randn(1, 1, 3, 3), strategy="fbfft")

    def test_shapes(self):
        with pytest.raises(RuntimeError, match="do not agree for 1 group"):
            conv2d_fft(torch.randn(1, 2, 5, 5), torch.randn(1, 1, 3, 3))
        with pytest.raises(RuntimeError, match="does not fit"):
            conv2d_fft(torch.randn(1, 1, 2, 2), torch.randn(1, 1, 3, 3), strategy="fft")
        with pytest.raises(RuntimeError, match="bias of shape"):
            conv2d_fft(torch.randn(1, 1, 5, 5), torch.randn(1, 1, 3, 3), torch.randn(2))
        with pytest.raises(ValueError, match="odd kernel"):
            conv2d_fft(torch.randn(1, 1, 5, 5), torch.randn(1, 1, 2, 2), padding="same")

    def test_padding_and_dtype(self):
        x, w = torch.randn(1, 1, 5, 5), torch.randn(1, 1, 3, 3)
        with pytest.raises(ValueError, match="padding must be"):
            conv2d_fft(x, w, padding="full")
        with pytest.raises(ValueError, match="padding must be"):
            conv2d_fft(x, w, padding=(1, 1, 1))
        with pytest.raises(RuntimeError, match="floating-point input, got torch.int64"):
            conv2d_fft(x.long(), w.long())
        with pytest.raises(RuntimeError, match="weight torch.float64"):
            conv2d_fft(x, w.double())

    def test_native_operators_name_what_is_wrong(self):
        x, w = torch.randn(1, 1, 9, 9), torch.randn(1, 1, 3, 3)
        op = torch.ops.fbcunn.conv_fft2d
        with pytest.raises(RuntimeError, match="path must be"):
            op(x, w, None, [0, 0], 1, 7, [], 0, False, 0)
        with pytest.raises(RuntimeError, match="does not hold the padded image"):
            op(x, w, None, [0, 0], 1, 0, [8, 8], 0, False, 0)
        with pytest.raises(RuntimeError, match="use path 0"):
            op(x, w, None, [0, 0], 1, 1, [12, 12], 0, False, 0)


class TestModules:
    def test_conv2d_shares_arguments_and_state_dict(self):
        torch.manual_seed(0)
        ours = Conv2dFFT(3, 8, (5, 3), padding=(2, 1), groups=1, strategy="fft").double()
        theirs = torch.nn.Conv2d(3, 8, (5, 3), padding=(2, 1)).double()
        theirs.load_state_dict(ours.state_dict())
        x = torch.randn(2, 3, 12, 10, dtype=torch.float64)
        torch.testing.assert_close(ours(x), theirs(x))
        assert "strategy='fft'" in repr(ours)

    @pytest.mark.parametrize(
        "options", [{"stride": 2}, {"dilation": 2}, {"padding": 1, "padding_mode": "reflect"}, {"padding": "same"}]
    )
    def test_everything_torch_accepts_is_computed(self, options):
        ours = Conv2dFFT(2, 3, 3, **options)
        theirs = torch.nn.Conv2d(2, 3, 3, **options)
        theirs.load_state_dict(ours.state_dict())
        x = torch.randn(1, 2, 11, 11)
        torch.testing.assert_close(ours(x), theirs(x), atol=1e-5, rtol=1e-5)

    def test_strided_modules_are_said_once(self, caplog):
        module = Conv2dFFT(1, 1, 3, stride=2)
        with caplog.at_level("DEBUG"):
            module(torch.randn(1, 1, 7, 7))
            module(torch.randn(1, 1, 7, 7))
        assert sum("has no Fourier method" in record.message for record in caplog.records) == 1

    def test_conv1d(self):
        ours = Conv1dFFT(2, 3, 7, padding=3, strategy="fft")
        theirs = torch.nn.Conv1d(2, 3, 7, padding=3)
        theirs.load_state_dict(ours.state_dict())
        x = torch.randn(2, 2, 40)
        torch.testing.assert_close(ours(x), theirs(x), atol=1e-5, rtol=1e-5)

    def test_copies_and_pickles(self):
        ours = Conv2dFFT(1, 2, 3)
        assert copy.deepcopy(ours).strategy == "auto"

    def test_convert_swaps_eligible_modules_and_shares_parameters(self):
        shared = torch.nn.Conv2d(4, 4, 3, padding=1)
        model = torch.nn.Sequential(
            torch.nn.Conv2d(1, 4, 5, stride=2), shared, torch.nn.Sequential(shared, torch.nn.Conv1d(4, 4, 3))
        )
        weight = shared.weight
        x = torch.randn(1, 1, 17, 17)
        expected = model[:2](x)
        assert convert(model, precision="tf32") is model
        assert type(model[0]) is torch.nn.Conv2d
        assert type(model[1]) is Conv2dFFT and model[1].precision == "tf32"
        assert model[1] is model[2][0] and model[1].weight is weight
        assert type(model[2][1]) is Conv1dFFT
        torch.testing.assert_close(model[:2](x), expected, atol=1e-5, rtol=1e-5)


def test_batched_transforms_are_unnormalised():
    x = torch.randn(3, 5, 6, dtype=torch.float64)
    assert fft2_batched(x).shape == (3, 5, 4)
    torch.testing.assert_close(ifft2_batched(fft2_batched(x), (5, 6)), 30 * x)
    torch.testing.assert_close(ifft1_batched(fft1_batched(x), 6), 6 * x)
    padded = fft2_batched(x, (8, 8))
    assert padded.shape == (3, 8, 5)
    torch.testing.assert_close(padded[:, 0, 0].real, x.sum((1, 2)))


def test_row_products_are_rounded_once():
    a, b = torch.randn(3, 1000), torch.randn(2, 1000)
    assert torch.equal(torch.ops.fbcunn.row_products(a, b), (a.double() @ b.double().t()).float())
    torch.library.opcheck(torch.ops.fbcunn.row_products.default, (a, b))
    with pytest.raises(RuntimeError, match="expected float"):
        torch.ops.fbcunn.row_products(a.half(), b.half())
