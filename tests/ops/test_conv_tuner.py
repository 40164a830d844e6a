"""The convolution tuner: plans, choices, and its cache under concurrency."""

import importlib
import json
import multiprocessing

import pytest
import torch
from typer.testing import CliRunner

from pytorch_fbcunn_compat.functional import conv2d_fft
from pytorch_fbcunn_compat.ops.conv import PASSES, Choice, ConvProblem, Plan, Tuner, candidates, smooth_size, tuner
from pytorch_fbcunn_compat.ops.conv import cache as tune_cache
from pytorch_fbcunn_compat.ops.conv.problem import keeps_accuracy

contest_module = importlib.import_module("pytorch_fbcunn_compat.ops.conv.contest")


@pytest.fixture(autouse=True)
def cache_file(tmp_path, monkeypatch):
    path = tmp_path / "folder" / "tune.json"
    monkeypatch.setenv("FBCUNN_TUNE_CACHE", str(path))
    tuner.clear()
    return path


def problem(device="cuda", dtype="float32", precision="fp32", **sizes) -> ConvProblem:
    values = dict(
        samples=16, in_channels=32, out_channels=48, height=40, width=40, kernel=(5, 5), padding=(0, 0), groups=1
    )
    values.update(sizes)
    return ConvProblem(device, dtype, precision=precision, **values)


@pytest.mark.parametrize(
    "plan",
    [Plan("direct"), Plan("direct", channels_last=True, benchmark=True), Plan("fbfft_tiled", (16, 16)), Plan("gemm")],
)
def test_a_plan_survives_its_text(plan):
    assert Plan.parse(str(plan)) == plan


def test_smooth_sizes():
    assert [smooth_size(n) for n in (1, 11, 13, 97, 121)] == [1, 12, 14, 98, 125]


class TestCandidates:
    def test_cuda_float_has_every_strategy(self):
        strategies = {plan.strategy for plan in candidates(problem(), "forward")}
        assert strategies == {"direct", "fft", "fbfft", "fbfft_tiled", "fbfft_add", "cufft"}

    def test_double_has_no_single_precision_kernel(self):
        strategies = {plan.strategy for plan in candidates(problem(dtype="float64"), "forward")}
        assert strategies == {"direct", "fft"}

    def test_cpu_has_aten_only(self):
        assert {plan.strategy for plan in candidates(problem("cpu"), "forward")} == {"direct", "fft"}

    def test_one_by_one_kernels_have_a_matrix_product(self):
        assert Plan("gemm") in candidates(problem(kernel=(1, 1)), "forward")

    def test_sums_of_few_products_keep_the_accuracy_of_direct_ones(self):
        few = problem(out_channels=1, height=6, width=6)
        plan = Plan("fbfft", (8, 8))
        assert [few.terms(pass_) for pass_ in PASSES] == [32 * 25, 4, 16 * 4]
        assert [keeps_accuracy(few, plan, pass_) for pass_ in PASSES] == [True, False, True]
        assert keeps_accuracy(few, Plan("direct"), "grad_input")
        assert keeps_accuracy(problem(out_channels=1, height=6, width=6, precision="tf32"), plan, "grad_input")

    def test_a_handful_of_results_is_left_to_direct_sums(self):
        single = problem(samples=1, in_channels=64, out_channels=1, height=6, width=6)
        assert single.results("forward") == 4 and single.terms("forward") == 64 * 25
        assert not keeps_accuracy(single, Plan("fbfft", (8, 8)), "forward")

    def test_whole_transforms_hold_the_padded_image(self):
        padded = problem(padding=(4, 2))
        for plan in candidates(padded, "forward"):
            if plan.strategy in ("fft", "cufft", "fbfft"):
                assert plan.size[0] >= 44 and plan.size[1] >= 42

    def test_tiles_cover_the_output(self):
        p = problem(height=64, width=64)
        for n in (8, 12, 16, 32):
            step = n - 4
            assert p.tiles(Plan("fbfft_tiled", (n, n)), "forward") == (-(-60 // step)) ** 2
            assert p.tiles(Plan("fbfft_tiled", (n, n)), "grad_input") == (-(-64 // step)) ** 2
            assert p.tiles(Plan("fbfft_add", (n, n)), "grad_input") == (-(-60 // step)) ** 2


class TestDirectPlans:
    """What is left to cuDNN's search, given the times of its heuristic choices; no GPU is asked."""

    CUDA = torch.device("cuda", 0)

    def plans(self, monkeypatch, p, probes, best=1.0):
        monkeypatch.setattr(contest_module, "time_plan", lambda run, device, so_far: probes[str(run())])
        contest = contest_module.Contest(p, "forward", self.CUDA, lambda plan: plan, 1 << 30)
        contest.times = {"fbfft 48x48": best}
        contest.pick_direct()
        return {str(plan) for plan in contest.direct}, contest.times

    def test_in_fp32_it_may_find_something_far_faster(self, monkeypatch):
        found, times = self.plans(monkeypatch, problem(), {"direct": 1.5, "direct channels_last": 1.7}, best=0.1)
        assert found == {"direct benchmark"}
        assert times == {"fbfft 48x48": 0.1, "direct channels_last": 1.7}

    def test_far_from_the_best_it_must_pay_within_a_hundred_steps(self, monkeypatch):
        # Direct sums of this one take at least 6.7 ms; a search takes 12 times its first guess.
        heavy = problem(samples=64, in_channels=128, out_channels=128, height=76, width=76, kernel=(9, 9))
        probes = {"direct": 25.0, "direct channels_last": 35.0}
        found, _ = self.plans(monkeypatch, heavy, probes, best=10.0)
        assert found == {"direct benchmark"}
        assert self.plans(monkeypatch, heavy, probes, best=8.0)[0] == set()
        probes = {"direct": 15.0, "direct channels_last": 17.0}  # near: always worth it
        assert self.plans(monkeypatch, heavy, probes, best=8.0)[0] == {"direct benchmark"}

    def test_on_tensor_cores_the_likelier_layout_is_searched(self, monkeypatch):
        probes = {"direct": 1.5, "direct channels_last": 1.0, "direct exact": 30.0, "direct channels_last exact": 30.0}
        found, times = self.plans(monkeypatch, problem(precision="tf32"), probes)
        assert found == {"direct channels_last benchmark"}
        assert set(times) == {"fbfft 48x48", "direct", "direct exact", "direct channels_last exact"}
        probes = dict.fromkeys(probes, 3.0)
        found, _ = self.plans(monkeypatch, problem(precision="tf32"), probes)
        assert found == {"direct benchmark exact", "direct channels_last benchmark exact"}

    def test_searches_that_are_the_hosts_work_run_together(self, monkeypatch):
        probes = {"direct": 1.5, "direct channels_last": 0.5, "direct exact": 1.5, "direct channels_last exact": 0.5}
        monkeypatch.setattr(contest_module, "time_plan", lambda run, device, so_far: probes[str(run())])
        contest = contest_module.Contest(problem(precision="tf32"), "forward", self.CUDA, lambda plan: plan, 1 << 30)
        contest.times = {"fbfft 48x48": 1.0}
        contest.pick_direct()
        assert {str(plan) for plan in contest.together} == {
            "direct channels_last benchmark",
            "direct channels_last benchmark exact",
        }

    def test_large_kernels_are_neither_probed_nor_searched(self, monkeypatch):
        found, _ = self.plans(monkeypatch, problem(kernel=(31, 31)), {})
        assert found == {"direct", "direct channels_last"}

    def test_what_cannot_win_is_not_run(self, monkeypatch):
        heavy = problem(samples=128, in_channels=128, out_channels=128, height=76, width=76, kernel=(13, 13))
        assert self.plans(monkeypatch, heavy, {}) == (set(), {"fbfft 48x48": 1.0})

    def test_a_tie_goes_to_the_direct_method(self):
        assert contest_module._winner({"fbfft 8x8": 1.0, "direct": 1.02, "gemm": 1.01}) == "gemm"
        assert contest_module._winner({"fbfft 8x8": 1.0, "direct": 1.1}) == "fbfft 8x8"


def test_choices_are_written_and_read_by_another_tuner(cache_file):
    x, weight = torch.randn(2, 3, 9, 9), torch.randn(4, 3, 3, 3)
    conv2d_fft(x, weight)
    stored = json.loads(cache_file.read_text())
    [environment] = stored["entries"]
    assert f"torch {torch.__version__}" in environment
    key = ConvProblem.of(x, weight, (0, 0), 1, "fp32").key
    assert set(stored["entries"][environment][key]) == {"forward"}
    found = Tuner().lookup(ConvProblem.of(x, weight, (0, 0), 1, "fp32"), "forward", x.device)
    assert found is not None and found.times


def test_a_known_choice_is_not_timed_again():
    x, weight = torch.randn(2, 3, 9, 9), torch.randn(4, 3, 3, 3)
    p = ConvProblem.of(x, weight, (0, 0), 1, "fp32")
    tuner.store(p, "forward", x.device, Choice(Plan("fft", (9, 9)), {"fft 9x9": 1.0}))

    def run(plan):
        raise AssertionError("timed")

    assert tuner.choose(p, "forward", x.device, run, 0) == Plan("fft", (9, 9))


def test_a_training_step_tunes_all_passes(cache_file):
    x = torch.randn(2, 3, 9, 9, requires_grad=True)
    weight = torch.randn(4, 3, 3, 3, requires_grad=True)
    conv2d_fft(x, weight).sum().backward()
    [problems] = json.loads(cache_file.read_text())["entries"].values()
    assert set(problems[ConvProblem.of(x, weight, (0, 0), 1, "fp32").key]) == {
        "forward",
        "grad_input",
        "grad_weight",
        "training",
    }


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 99, "entries": {}}', '{"format": 1, "entries": 3}'])
def test_a_damaged_file_is_ignored_and_replaced(cache_file, content):
    cache_file.parent.mkdir()
    cache_file.write_text(content)
    conv2d_fft(torch.randn(1, 1, 5, 5), torch.randn(1, 1, 3, 3))
    assert json.loads(cache_file.read_text())["format"] == 1


def test_malformed_entries_are_ignored(cache_file):
    x, weight = torch.randn(1, 1, 5, 5), torch.randn(1, 1, 3, 3)
    p = ConvProblem.of(x, weight, (0, 0), 1, "fp32")
    environment = tune_cache.environment("cpu", 0)
    cache_file.parent.mkdir()
    cache_file.write_text(
        json.dumps({"format": 1, "entries": {environment: {p.key: {"forward": {"plan": 3}, "grad_input": {}}}}})
    )
    conv2d_fft(x, weight)
    assert "ms" in json.loads(cache_file.read_text())["entries"][environment][p.key]["forward"]


def test_no_file_when_the_variable_is_empty(monkeypatch, cache_file):
    monkeypatch.setenv("FBCUNN_TUNE_CACHE", "")
    conv2d_fft(torch.randn(1, 1, 5, 5), torch.randn(1, 1, 3, 3))
    assert not cache_file.exists()


def test_an_unwritable_file_is_no_error(monkeypatch):
    monkeypatch.setenv("FBCUNN_TUNE_CACHE", "/proc/fbcunn/tune.json")
    conv2d_fft(torch.randn(1, 1, 5, 5), torch.randn(1, 1, 3, 3))


def _write_entries(path: str, worker: int) -> None:
    from pathlib import Path

    for number in range(20):
        tune_cache.merge(Path(path), "env", f"problem {worker} {number}", {"forward": {"plan": "direct", "ms": {}}})


def test_concurrent_processes_lose_nothing(cache_file):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_write_entries, args=(str(cache_file), n)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert len(tune_cache.read(cache_file)["env"]) == 80
    assert not list(cache_file.parent.glob("tune.json?*[!k]"))


def test_tune_show_prints_the_choices(cache_file):
    from pytorch_fbcunn_compat.cli.tune import app

    conv2d_fft(torch.randn(1, 2, 5, 5), torch.randn(3, 2, 3, 3))
    shown = CliRunner().invoke(app, ["show", "--times"])
    assert shown.exit_code == 0, shown.output
    assert "forward" in shown.output and "1 choices" in shown.output
    assert "No choices" in CliRunner().invoke(app, ["show", "k99x99"]).output
    assert CliRunner().invoke(app, ["clear"]).exit_code == 0
    assert not cache_file.exists()
