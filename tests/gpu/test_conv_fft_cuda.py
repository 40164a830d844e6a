"""Every path, pass, precision and dtype of the Fourier convolution on CUDA, against fp64."""

from __future__ import annotations

import multiprocessing
import os
import threading

import pytest
import torch
import torch.nn.functional as F

from pytorch_fbcunn_compat.functional import conv1d_fft, conv2d_fft
from pytorch_fbcunn_compat.nn import Conv2dFFT
from pytorch_fbcunn_compat.ops.conv import PASSES, ConvProblem, Plan, candidates, execute, tuner
from pytorch_fbcunn_compat.ops.conv.operators import run_with_fallback
from pytorch_fbcunn_compat.ops.conv.problem import TILE_SIZES

# N, C, F, H, W, kH, kW, padding, groups
GRID = [
    (2, 3, 5, 13, 13, 3, 3, (0, 0), 1),
    (3, 4, 8, 16, 16, 5, 5, (2, 2), 1),
    (1, 1, 1, 9, 9, 7, 7, (0, 0), 1),
    (2, 8, 12, 21, 17, 3, 5, (1, 3), 2),
    (2, 6, 6, 10, 12, 3, 3, (4, 3), 6),
    (5, 17, 33, 33, 30, 9, 9, (0, 0), 1),
    (3, 70, 66, 14, 14, 3, 3, (1, 1), 1),
    (130, 5, 7, 6, 6, 3, 3, (1, 1), 1),
    (2, 4, 4, 9, 9, 1, 1, (0, 0), 1),
    (2, 4, 4, 11, 11, 11, 11, (0, 0), 1),
    (2, 3, 4, 5, 5, 7, 7, (3, 3), 1),
    (1, 2, 2, 70, 45, 6, 4, (5, 3), 1),
    (2, 12, 5, 50, 90, 5, 5, (2, 0), 1),
    (9, 257, 260, 14, 14, 3, 3, (1, 1), 1),
    (70, 130, 200, 12, 12, 3, 3, (1, 1), 1),
    (40, 200, 196, 18, 18, 3, 3, (1, 1), 2),
]
TOLERANCE = {"fp32": 2e-6, "tf32": 4e-3}


def tensors(n, c, f, h, w, kh, kw, groups, dtype=torch.float32):
    x = torch.randn(n, c, h, w, device="cuda", dtype=dtype)
    weight = torch.randn(f, c // groups, kh, kw, device="cuda", dtype=dtype)
    bias = torch.randn(f, device="cuda", dtype=dtype)
    return x, weight, bias


def relative(ours, reference):
    return ((ours.double() - reference).norm() / reference.norm().clamp_min(1e-30)).item()


def reference(x, weight, bias, grad, padding, groups):
    x, weight = x.double().requires_grad_(), weight.double().requires_grad_()
    y = F.conv2d(x, weight, bias.double(), padding=padding, groups=groups)
    return y.detach(), *torch.autograd.grad(y, (x, weight), grad.double())


def all_transform_plans(problem):
    plans = [p for p in candidates(problem, "forward") if p.size]
    assert {n for n in TILE_SIZES if n >= max(problem.kernel)} == {
        p.size[0] for p in plans if p.strategy in ("fbfft", "fbfft_tiled")
    }
    return plans


@pytest.mark.parametrize("precision", ["fp32", "tf32"])
@pytest.mark.parametrize(("n", "c", "f", "h", "w", "kh", "kw", "padding", "groups"), GRID)
def test_every_plan_and_pass(n, c, f, h, w, kh, kw, padding, groups, precision):
    torch.manual_seed(0)
    x, weight, bias = tensors(n, c, f, h, w, kh, kw, groups)
    problem = ConvProblem.of(x, weight, padding, groups, precision)
    grad = torch.randn(n, f, *problem.output, device="cuda")
    y, gi, gw = reference(x, weight, bias, grad, padding, groups)
    for plan in all_transform_plans(problem):
        errors = {
            "forward": relative(execute.forward(problem, plan, x, weight, bias, False, 0), y),
            "relu": relative(execute.forward(problem, plan, x, weight, bias, True, 0), y.relu()),
            "grad_input": relative(execute.grad_input(problem, plan, grad, weight, 0), gi),
            "grad_weight": relative(execute.grad_weight(problem, plan, grad, x, 0), gw),
        }
        if plan.keeps_spectra:
            output, *kept = execute.forward_keeping(problem, plan, x, weight, bias, False)
            both = execute.backward(problem, plan, grad, x, weight, tuple(kept), 0)
            again = execute.backward(problem, plan, grad, x, weight, None, 1)
            errors |= {"keep": relative(output, y), "both gi": relative(both[0], gi), "both gw": relative(both[1], gw)}
            errors |= {"chunked gi": relative(again[0], gi), "chunked gw": relative(again[1], gw)}
        assert max(errors.values()) < TOLERANCE[precision], (str(plan), errors)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("strategy", ["fft", "fbfft", "fbfft_tiled", "cufft", "cudnn", "auto"])
def test_dtypes(dtype, strategy):
    x, weight, bias = tensors(3, 6, 10, 30, 26, 5, 5, 1, dtype)
    if dtype == torch.float64 and strategy in ("fbfft", "fbfft_tiled", "cufft"):
        with pytest.raises(ValueError, match="cannot compute"):
            conv2d_fft(x, weight, bias, 2, strategy=strategy)
        return
    x, weight, bias = (t.requires_grad_() for t in (x, weight, bias))
    y = conv2d_fft(x, weight, bias, 2, strategy=strategy)
    assert y.dtype == dtype
    grad = torch.randn_like(y)
    ours = torch.autograd.grad(y, (x, weight, bias), grad)
    expected, gi, gw = reference(x.detach(), weight.detach(), bias.detach(), grad, 2, 1)
    tolerance = {torch.float16: 2e-3, torch.bfloat16: 1.5e-2, torch.float64: 1e-12}[dtype]
    for a, b in zip((y, *ours), (expected, gi, gw), strict=False):
        assert a.dtype == dtype and relative(a, b) < tolerance


def test_gradcheck_and_opcheck():
    x, weight, bias = (t.requires_grad_() for t in tensors(2, 4, 2, 6, 5, 3, 2, 2, torch.float64))
    assert torch.autograd.gradcheck(lambda *t: conv2d_fft(*t, (1, 0), 2, strategy="fft"), (x, weight, bias))
    x, weight, bias = (t.requires_grad_() for t in tensors(2, 4, 6, 9, 8, 3, 3, 2))
    for path, size in ((0, []), (1, [8, 8]), (2, [])):
        arguments = (x, weight, bias, [1, 0], 2, path, size, 0, False, 0)
        torch.library.opcheck(torch.ops.fbcunn.conv_fft2d.default, arguments, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("path", "size"), [(1, [16, 16]), (1, [32, 32]), (2, [0, 0]), (3, [12, 12])])
def test_opcheck_of_kept_spectra(path, size):
    x, weight, bias = tensors(2, 6, 8, 20, 20, 5, 5, 2)
    ops = torch.ops.fbcunn
    checks = ("test_schema", "test_faketensor")
    torch.library.opcheck(
        ops.conv_fft2d_keep.default, (x, weight, bias, [1, 0], 2, path, size, 0, False), test_utils=checks
    )
    _, *kept = ops.conv_fft2d_keep(x, weight, bias, [1, 0], 2, path, size, 0, False)
    grad = torch.randn(2, 8, 18, 16, device="cuda")
    arguments = (grad, x, weight, *kept, [1, 0], 2, path, size, 0, 0)
    torch.library.opcheck(ops.conv_fft2d_backward.default, arguments, test_utils=checks)


def test_channels_last_and_strided_tensors():
    x, weight, _ = tensors(4, 8, 6, 20, 20, 5, 5, 1)
    expected = F.conv2d(x.double(), weight.double())
    doubled = torch.stack([x, x], -1)[..., 0]
    for given in (x.contiguous(memory_format=torch.channels_last), doubled, x.flip(0).flip(0)):
        for strategy in ("fft", "fbfft_tiled", "fbfft_add", "cufft", "cudnn", "auto"):
            y = conv2d_fft(given, weight.contiguous(memory_format=torch.channels_last), strategy=strategy)
            assert relative(y, expected) < TOLERANCE["fp32"]


def test_results_are_deterministic():
    x, weight, _ = tensors(33, 20, 24, 30, 30, 5, 5, 1)
    problem = ConvProblem.of(x, weight, (0, 0), 1, "fp32")
    grad = torch.randn(33, 24, 26, 26, device="cuda")
    for plan in (
        Plan("fbfft_tiled", (16, 16)),
        Plan("fbfft_add", (12, 12)),
        Plan("fbfft", (32, 32)),
        Plan("cufft", (30, 30)),
    ):
        first = execute.backward(problem, plan, grad, x, weight, None, 0)
        second = execute.backward(problem, plan, grad, x, weight, None, 0)
        assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("scale", [1e-30, 1e-6, 1e6, 1e30])
def test_any_magnitude_keeps_its_precision(scale):
    x, weight, bias = tensors(2, 8, 8, 20, 20, 5, 5, 1)
    x = x * scale
    expected = F.conv2d(x.double(), weight.double())
    for strategy, precision in (("fbfft_tiled", "fp32"), ("fbfft_tiled", "tf32"), ("cufft", "fp32")):
        y = conv2d_fft(x, weight, strategy=strategy, precision=precision)
        assert relative(y, expected) < TOLERANCE[precision]


def test_samples_of_very_different_magnitude():
    x, weight, _ = tensors(4, 8, 8, 20, 20, 5, 5, 1)
    x = x * torch.tensor([1.0, 1e-2, 1e-4, 1e-6], device="cuda").view(-1, 1, 1, 1)
    expected = F.conv2d(x.double(), weight.double())
    y = conv2d_fft(x, weight, strategy="fbfft_tiled")
    errors = [relative(a, b) for a, b in zip(y, expected, strict=True)]
    assert max(errors[:3]) < 3e-6 and errors[3] < 3e-4, errors


def test_zeros_infinities_and_nan():
    x, weight, _ = tensors(2, 4, 4, 20, 20, 3, 3, 1)
    assert torch.equal(
        conv2d_fft(torch.zeros_like(x), weight, strategy="fbfft"), torch.zeros(2, 4, 18, 18, device="cuda")
    )
    x[1, 0, 3, 3] = float("nan")
    y = conv2d_fft(x, weight, strategy="fbfft")
    assert y[1].isnan().any() and not y[0].isnan().any()


def test_a_memory_limit_is_kept():
    x, weight, _ = tensors(64, 16, 16, 64, 64, 5, 5, 1)
    expected = F.conv2d(x.double(), weight.double())
    for strategy in ("fbfft_tiled", "cufft"):
        conv2d_fft(x, weight, strategy=strategy, memory_limit=32 << 20)
        torch.cuda.synchronize()
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        y = conv2d_fft(x, weight, strategy=strategy, memory_limit=32 << 20)
        torch.cuda.synchronize()
        workspace = torch.cuda.max_memory_allocated() - before - y.numel() * 4
        assert workspace <= 36 << 20, (strategy, workspace)
        assert relative(y, expected) < TOLERANCE["fp32"]


@pytest.mark.parametrize("precision", ["fp32", "tf32"])
@pytest.mark.parametrize("place", [(0, 0, 0, 0), (127, 15, 99, 99), (64, 3, 50, 49)])
def test_a_large_image_may_hide_its_largest_values(place, precision):
    # Of large images only a sample is searched for the largest magnitude; what it misses must not overflow.
    x, weight, _ = tensors(128, 16, 8, 100, 100, 5, 5, 1)
    x[place] = 1e4
    expected = F.conv2d(x[:, :, :60, :60].double(), weight.double())
    for plan in (Plan("fbfft_tiled", (20, 20)), Plan("fbfft_tiled", (64, 64))):
        problem = ConvProblem.of(x, weight, (0, 0), 1, precision)
        y = execute.forward(problem, plan, x, weight, None, False, 0)[:, :, :56, :56]
        assert y.isfinite().all() and relative(y, expected) < 2 * TOLERANCE[precision]
        limited = execute.forward(problem, plan, x, weight, None, False, 64 << 20)[:, :, :56, :56]
        assert relative(limited, expected) < 2 * TOLERANCE[precision]
    zeros = torch.zeros_like(x)
    zeros[place] = 1e6
    expected = F.conv2d(zeros.double(), weight.double())
    y = execute.forward(problem, Plan("fbfft_tiled", (20, 20)), zeros, weight, None, False, 0)
    assert relative(y, expected) < 2 * TOLERANCE[precision]


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("channels_last", [False, True])
def test_outputs_of_one_position_are_matrix_products(channels_last, groups):
    form = torch.channels_last if channels_last else torch.contiguous_format
    x, weight, _ = tensors(9, 8, 6, 5, 5, 5, 5, groups)
    x, weight = x.contiguous(memory_format=form), weight.contiguous(memory_format=form)
    problem = ConvProblem.of(x, weight, (0, 0), groups, "fp32")
    grad = torch.randn(9, 6, 1, 1, device="cuda")
    y, gi, gw = reference(x, weight, torch.zeros(6, device="cuda"), grad, (0, 0), groups)
    plan = Plan("gemm")
    assert relative(execute.forward(problem, plan, x, weight, None, False, 0), y) < 1e-6
    assert relative(execute.grad_input(problem, plan, grad, weight, 0), gi) < 1e-6
    assert relative(execute.grad_weight(problem, plan, grad, x, 0), gw) < 1e-6


def test_out_of_memory_falls_back_to_cudnn(monkeypatch):
    x, weight, bias = tensors(2, 4, 4, 20, 20, 3, 3, 1)
    calls = []
    original = execute.forward

    def failing(problem, plan, *rest):
        calls.append(plan.strategy)
        if plan.strategy != "direct":
            raise torch.OutOfMemoryError("simulated")
        return original(problem, plan, *rest)

    monkeypatch.setattr(execute, "forward", failing)
    y = conv2d_fft(x, weight, bias, strategy="fbfft")
    assert calls == ["fbfft", "direct"]
    torch.testing.assert_close(y, F.conv2d(x, weight, bias))


def test_a_real_out_of_memory_falls_back_too():
    x, weight, _ = tensors(1, 2, 3, 9, 9, 3, 3, 1)
    problem = ConvProblem.of(x, weight, (0, 0), 1, "fp32")
    for plan in (Plan("fft", (1 << 18, 1 << 18)), Plan("cufft", (1 << 18, 1 << 18))):
        y = run_with_fallback(problem, plan, lambda p: execute.forward(problem, p, x, weight, None, False, 0))
        assert relative(y, F.conv2d(x.double(), weight.double())) < TOLERANCE["fp32"]


def test_autocast():
    x, weight, _ = tensors(2, 8, 8, 20, 20, 5, 5, 1)
    with torch.autocast("cuda", dtype=torch.float16):
        y = conv2d_fft(x, weight, strategy="fbfft")
    assert y.dtype == torch.float16
    assert relative(y, F.conv2d(x.half().double(), weight.half().double())) < 2e-3


def test_autotuned_module_trains_and_reuses_spectra():
    torch.manual_seed(0)
    module = Conv2dFFT(32, 32, 9, padding=4).cuda()
    x = torch.randn(32, 32, 32, 32, device="cuda", requires_grad=True)
    y = module(x)
    grad = torch.randn_like(y)
    ours = torch.autograd.grad(y, (x, module.weight), grad)
    expected, gi, gw = reference(x.detach(), module.weight.detach(), module.bias.detach(), grad, 4, 1)
    for a, b in zip((y, *ours), (expected, gi, gw), strict=True):
        assert relative(a, b) < TOLERANCE["fp32"]
    problem = ConvProblem.of(x, module.weight, (4, 4), 1, "fp32")
    assert tuner.lookup(problem, "training", x.device) is not None


def test_compiles_without_a_graph_break():
    x, weight, bias = (t.requires_grad_() for t in tensors(4, 8, 8, 20, 20, 5, 5, 1))
    compiled = torch.compile(lambda *t: conv2d_fft(*t, 2, strategy="fbfft").tanh(), fullgraph=True, backend="aot_eager")
    y = compiled(x, weight, bias)
    expected = F.conv2d(x.double(), weight.double(), bias.double(), padding=2).tanh()
    assert relative(y, expected) < 1e-5
    torch.autograd.grad(y.sum(), (x, weight, bias))


def test_graph_capture_replays_a_known_choice_and_never_tunes():
    x, weight, _ = tensors(4, 8, 8, 20, 20, 5, 5, 1)
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        for strategy in ("fbfft_tiled", "cufft"):
            conv2d_fft(x, weight, strategy=strategy)
    torch.cuda.synchronize()
    for strategy in ("fbfft_tiled", "auto"):
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            y = conv2d_fft(x, weight, strategy=strategy)
        x.copy_(torch.randn_like(x))
        graph.replay()
        assert relative(y, F.conv2d(x.double(), weight.double())) < 1e-5
    assert tuner.lookup(ConvProblem.of(x, weight, (0, 0), 1, "fp32"), "forward", x.device) is None


def test_one_dimension():
    x = torch.randn(4, 6, 1000, device="cuda", requires_grad=True)
    weight = torch.randn(8, 6, 257, device="cuda", requires_grad=True)
    y64 = F.conv1d(x.double(), weight.double(), padding=128)
    for strategy in ("fft", "cufft", "auto"):
        y = conv1d_fft(x, weight, padding=128, strategy=strategy)
        assert relative(y, y64) < TOLERANCE["fp32"]
        torch.autograd.grad(y.sum(), (x, weight))


@pytest.mark.parametrize("precision", ["fp32", "tf32"])
@pytest.mark.parametrize(
    ("n", "c", "f", "length", "k", "pad", "groups"),
    [(3, 5, 7, 100, 9, 0, 1), (2, 8, 12, 333, 7, 3, 2), (130, 3, 2, 16, 5, 4, 1), (1, 1, 1, 70, 3, 1, 1)],
)
def test_tiles_of_one_row(n, c, f, length, k, pad, groups, precision):
    x = torch.randn(n, c, 1, length, device="cuda")
    weight, bias = torch.randn(f, c // groups, 1, k, device="cuda"), torch.randn(f, device="cuda")
    problem = ConvProblem.of(x, weight, (0, pad), groups, precision)
    grad = torch.randn(n, f, *problem.output, device="cuda")
    y, gi, gw = reference(x, weight, bias, grad, (0, pad), groups)
    plans = [p for p in candidates(problem, "forward") if p.strategy.startswith("fbfft")]
    assert {p.size for p in plans} == {(1, size) for size in TILE_SIZES if size >= k}
    for plan in plans:
        output, *kept = execute.forward_keeping(problem, plan, x, weight, bias, True)
        both = execute.backward(problem, plan, grad, x, weight, tuple(kept), 0)
        again = execute.backward(problem, plan, grad, x, weight, None, 1)
        pairs = [(output, y.relu()), (both[0], gi), (both[1], gw), (again[0], gi), (again[1], gw)]
        assert max(relative(a, b) for a, b in pairs) < TOLERANCE[precision], str(plan)


def _tune(path: str, barrier) -> None:
    os.environ["FBCUNN_TUNE_CACHE"] = path
    x, weight, _ = tensors(4, 8, 8, 20, 20, 5, 5, 1)
    barrier.wait()
    conv2d_fft(x.requires_grad_(), weight.requires_grad_()).sum().backward()


def test_the_searches_of_a_step_run_together(monkeypatch):
    cudnn = torch.backends.cudnn

    def flags():
        return cudnn.benchmark, cudnn.deterministic, cudnn.conv.fp32_precision

    names, state, before = [], execute.cudnn_state, flags()

    def noted(plan, precision):
        names.append(threading.current_thread().name)
        return state(plan, precision)

    monkeypatch.setattr(execute, "cudnn_state", noted)
    x, weight, _ = tensors(4, 64, 64, 20, 20, 3, 3, 1)
    problem = ConvProblem.of(x, weight, (0, 0), 1, "tf32")
    plans = tuner.choose_training(problem, x.device, x, weight, 1 << 30)
    assert set(plans) >= {"forward", "grad_input", "grad_weight"}
    searched = [n for p in PASSES for n in tuner.lookup(problem, p, x.device).times if "benchmark" in n]
    assert len(searched) >= names.count("fbcunn-search") >= 2
    assert flags() == before


def test_concurrent_tuning(tmp_path):
    from pytorch_fbcunn_compat.ops.conv import cache

    path = tmp_path / "shared.json"
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    workers = [context.Process(target=_tune, args=(str(path), barrier)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    [problems] = cache.read(path).values()
    [passes] = problems.values()
    assert set(passes) == {"forward", "grad_input", "grad_weight", "training"}
