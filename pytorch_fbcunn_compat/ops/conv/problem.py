"""A convolution as the tuner sees it, the plans that can compute it, and what each would cost."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

PASSES = ("forward", "grad_input", "grad_weight")
STRATEGIES = ("direct", "gemm", "fft", "fbfft", "fbfft_tiled", "fbfft_add", "cufft")
ALIASES = {"cudnn": "direct"}
PRECISIONS = ("fp32", "tf32")

# Sizes with tile kernels: kTileSizes of csrc/cuda/fft/tile_transform.h.
TILE_SIZES = (8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 64, 72, 76, 80)

# Rates of one H100 that rank plans; only their ratios matter, and only for what is worth timing.
_BYTES_PER_SECOND = 1.3e12
_TENSOR_FLOPS = 2.5e14
_VECTOR_FLOPS = 3.0e13
_PEAK_FLOPS = 8.0e13
_PEAK_TF32_FLOPS = 1.3e15
_PEAK_HALF_FLOPS = 2.6e15
_LAUNCH_SECONDS = 6e-6

_FEW_TERMS = 32
_FEW_RESULTS = 16


@dataclass(frozen=True)
class Plan:
    """One way to compute one pass.

    ``strategy``: one of `STRATEGIES`. ``size``: transform height and width, empty for strategies without a
    transform. ``channels_last``, ``benchmark`` and ``exact`` concern ``direct`` on CUDA only: cuDNN's layout, its own
    search, and its fp32 kernels where TF32 is allowed but slower.
    """

    strategy: str
    size: tuple[int, ...] = ()
    channels_last: bool = False
    benchmark: bool = False
    exact: bool = False

    @property
    def path(self) -> int:
        """Number of the native path: ConvPath of csrc/ops/conv_geometry.h."""
        return {"fft": 0, "fbfft": 1, "fbfft_tiled": 1, "cufft": 2, "fbfft_add": 3}[self.strategy]

    @property
    def keeps_spectra(self) -> bool:
        """Whether passes with this plan can hand spectra to each other."""
        return self.strategy in ("fbfft", "fbfft_tiled", "fbfft_add", "cufft")

    def __str__(self) -> str:
        parts = [self.strategy]
        if self.size:
            parts.append("x".join(map(str, self.size)))
        if self.channels_last:
            parts.append("channels_last")
        if self.benchmark:
            parts.append("benchmark")
        if self.exact:
            parts.append("exact")
        return " ".join(parts)

    @staticmethod
    def parse(text: str) -> Plan:
        """The plan whose ``str`` is ``text``; raises ValueError for anything else."""
        strategy, *rest = str(text).split() or [""]
        if strategy not in STRATEGIES:
            raise ValueError(f"not a plan: {text!r}")
        sizes = [part for part in rest if part[0].isdigit()]
        size = tuple(int(n) for n in sizes[0].split("x")) if sizes else ()
        return Plan(strategy, size, "channels_last" in rest, "benchmark" in rest, "exact" in rest)


@dataclass(frozen=True)
class ConvProblem:
    """Sizes, dtype, device type, layout and precision class of a stride-1 convolution; the tuner's key."""

    device: str
    dtype: str
    samples: int
    in_channels: int
    out_channels: int
    height: int
    width: int
    kernel: tuple[int, int]
    padding: tuple[int, int]
    groups: int
    precision: str
    channels_last: bool = False

    @staticmethod
    def of(input: Tensor, weight: Tensor, padding: tuple[int, int], groups: int, precision: str) -> ConvProblem:
        """The problem of ``input`` ``[N, C, H, W]`` and ``weight`` ``[F, C/groups, kH, kW]``."""
        samples, channels, height, width = input.shape
        return ConvProblem(
            input.device.type,
            str(input.dtype).removeprefix("torch."),
            samples,
            channels,
            weight.shape[0],
            height,
            width,
            (weight.shape[2], weight.shape[3]),
            padding,
            groups,
            precision,
            not input.is_contiguous() and input.is_contiguous(memory_format=torch.channels_last),
        )

    @functools.cached_property
    def key(self) -> str:
        """Text that identifies the problem in the tuning cache."""
        k, p = self.kernel, self.padding
        return (
            f"{self.device} {self.dtype} {self.precision} n{self.samples} c{self.in_channels} f{self.out_channels} "
            f"h{self.height} w{self.width} k{k[0]}x{k[1]} p{p[0]}x{p[1]} g{self.groups}"
            + (" nhwc" if self.channels_last else "")
        )

    @property
    def output(self) -> tuple[int, int]:
        """Height and width of the output."""
        return (
            self.height + 2 * self.padding[0] - self.kernel[0] + 1,
            self.width + 2 * self.padding[1] - self.kernel[1] + 1,
        )

    @property
    def whole(self) -> tuple[int, int]:
        """Smallest transform that holds the padded image: wrap-around then only meets zeros."""
        out = self.output
        return max(self.height + self.padding[0], out[0]), max(self.width + self.padding[1], out[1])

    @property
    def computes_in_float(self) -> bool:
        return self.dtype != "float64"

    def multiply_adds(self) -> int:
        """Multiplications of the direct method."""
        out, k = self.output, self.kernel
        return self.samples * self.out_channels * (self.in_channels // self.groups) * math.prod(out) * math.prod(k)

    def terms(self, pass_: str) -> int:
        """Products summed for an element of a pass's result, at most."""
        out, k = self.output, self.kernel
        if pass_ == "forward":
            return self.in_channels // self.groups * math.prod(k)
        if pass_ == "grad_input":
            return self.out_channels // self.groups * math.prod(map(min, out, k))
        return self.samples * math.prod(out)

    def results(self, pass_: str) -> int:
        """Elements of a pass's result."""
        if pass_ == "forward":
            return self.samples * self.out_channels * math.prod(self.output)
        if pass_ == "grad_input":
            return self.samples * self.in_channels * self.height * self.width
        return self.out_channels * self.in_channels // self.groups * math.prod(self.kernel)

    def holds(self, size: tuple[int, ...]) -> bool:
        return size[0] >= self.whole[0] and size[1] >= self.whole[1]

    def tiles(self, plan: Plan, pass_: str) -> int:
        """Tiles an image is cut into."""
        by_input = pass_ == "grad_input" and plan.strategy != "fbfft_add"
        length = (self.height, self.width) if by_input else self.output
        count = 1
        for axis in range(2):
            if plan.size[axis] < self.whole[axis]:
                count *= -(-length[axis] // (plan.size[axis] - self.kernel[axis] + 1))
        return count


def smooth_size(length: int) -> int:
    """Smallest 2^a 3^b 5^c 7^d that is at least ``length``."""
    size = max(length, 1)
    while True:
        rest = size
        for prime in (2, 3, 5, 7):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return size
        size += 1


def whole_sizes(problem: ConvProblem) -> Iterator[tuple[int, int]]:
    """Sizes worth a whole-image transform: the next smooth ones and the next powers of two."""
    smooth = tuple(smooth_size(n) for n in problem.whole)
    power = tuple(1 << (n - 1).bit_length() for n in problem.whole)
    yield smooth
    if power != smooth:
        yield power


def candidates(problem: ConvProblem, pass_: str) -> list[Plan]:
    """Every plan that can compute a pass, cheapest estimate first; cuDNN's search is left to the tuner."""
    cuda = problem.device == "cuda"
    plans = [Plan("direct")]
    if cuda:
        # In TF32, cuDNN's fp32 kernels are sometimes the faster ones.
        exact = (False, True) if problem.precision == "tf32" and problem.dtype == "float32" else (False,)
        plans = [Plan("direct", (), last, exact=e) for last, e in itertools.product((False, True), exact)]
    if problem.kernel == (1, 1) or problem.output == (1, 1):
        plans.append(Plan("gemm"))
    plans += [Plan("fft", size) for size in whole_sizes(problem)]
    if cuda and problem.computes_in_float:
        plans += [Plan("cufft", size) for size in whole_sizes(problem)]
        line = problem.height == 1 and problem.kernel[0] == 1 and problem.padding[0] == 0
        for n in TILE_SIZES:
            if n >= max(problem.kernel) and max(problem.height, problem.width) > 1:
                size = (1, n) if line else (n, n)
                whole = problem.holds(size)
                plans.append(Plan("fbfft" if whole else "fbfft_tiled", size))
                if not whole and n >= 2 * max(problem.kernel) - 2:
                    plans.append(Plan("fbfft_add", size))
    return sorted(plans, key=lambda plan: estimate(problem, plan, pass_))


def keeps_accuracy(problem: ConvProblem, plan: Plan, pass_: str) -> bool:
    """Whether a plan's rounding errors are those of a direct sum, up to a small factor.

    A transform rounds as it would for a long sum, about 1.5e-7 in fp32; a sum of few products is far more accurate, and
    so can a handful of results be, by luck.
    """
    if not plan.size or problem.precision != "fp32":
        return True
    return problem.terms(pass_) >= _FEW_TERMS and problem.results(pass_) >= _FEW_RESULTS


def training_bytes(problem: ConvProblem, plan: Plan) -> int:
    """Workspace of a training step whose passes share spectra: all that is alive while a gradient is made."""
    points = plan.size[0] * (plan.size[1] // 2 + 1)
    rows = problem.samples * max(problem.tiles(plan, "forward"), problem.tiles(plan, "grad_input"))
    columns = problem.out_channels + max(problem.in_channels, problem.out_channels)
    element = 4 if problem.precision == "tf32" else 8
    return spectrum_bytes(problem, plan) + points * rows * columns * element


def spectrum_elements(problem: ConvProblem, plan: Plan) -> tuple[int, int]:
    """Complex numbers in the spectra of the input and of the weight; planes of a group are stored in fours."""
    points = plan.size[0] * (plan.size[1] // 2 + 1)
    pitch = 4 * -(-(problem.in_channels // problem.groups) // 4)
    rows = problem.samples * problem.tiles(plan, "forward")
    return points * rows * problem.groups * pitch, points * problem.out_channels * pitch


def spectrum_bytes(problem: ConvProblem, plan: Plan) -> int:
    """Bytes of the spectra that a forward pass may keep for the backward pass: of the input and of the weight."""
    return sum(spectrum_elements(problem, plan)) * (4 if problem.precision == "tf32" else 8)


def least_bytes(problem: ConvProblem, plan: Plan, pass_: str) -> int:
    """Workspace of a pass that takes the batch one sample at a time; more samples share it as the limit allows."""
    points = plan.size[0] * (plan.size[1] // 2 + 1)
    rows = problem.tiles(plan, pass_)
    images = rows * (problem.in_channels + problem.out_channels)
    weights = problem.out_channels * problem.in_channels // problem.groups
    complex_bytes = 16 if problem.dtype == "float64" else 8
    copies = 1 if plan.strategy.startswith("fbfft") else 3
    return points * (images + weights) * complex_bytes * copies


def estimate(problem: ConvProblem, plan: Plan, pass_: str) -> float:
    """Seconds a pass would take by bytes and operations; ranks candidates, promises nothing."""
    if plan.strategy in ("direct", "gemm"):
        rate = _TENSOR_FLOPS if problem.precision == "tf32" and problem.dtype == "float32" else _VECTOR_FLOPS
        return 2 * problem.multiply_adds() / rate + _LAUNCH_SECONDS * (1 + plan.channels_last)
    frequencies = plan.size[0] * (plan.size[1] // 2 + 1)
    rows = problem.samples * problem.tiles(plan, pass_)
    columns = problem.in_channels + problem.out_channels
    group_in, group_out = problem.in_channels // problem.groups, problem.out_channels // problem.groups
    weights = problem.out_channels * group_in
    passes = 3 if problem.precision == "fp32" else 1
    element = 8 if passes == 3 else 4
    flops = 8 * frequencies * rows * problem.groups * group_in * group_out
    moved = frequencies * element * (rows * columns + weights)
    if plan.strategy == "fft":
        return 8 * frequencies * 8 * (rows * columns + weights) / _BYTES_PER_SECOND + flops / _VECTOR_FLOPS
    transforms = 4 if plan.strategy == "cufft" else 1
    if plan.strategy == "fbfft_add" and pass_ == "grad_input":
        # Where tiles overlap, results are read and written again.
        alone = math.prod(max(n - 2 * (k - 1), 0) for n, k in zip(plan.size, problem.kernel, strict=True))
        moved += 8 * rows * problem.in_channels * (math.prod(plan.size) - alone)
    product = max(moved / 2.0e12, passes * flops / _TENSOR_FLOPS)
    return transforms * moved / _BYTES_PER_SECOND + product + _LAUNCH_SECONDS * (4 + 4 * (transforms > 1))


def fewest_seconds(problem: ConvProblem, plan: Plan) -> float:
    """Seconds no direct method takes less than on today's fastest GPU.

    In fp32 Winograd's method saves two in three products of kernels up to 5×5, on tensor cores five in nine. cuDNN's
    own transforms save more, but those here have never been slower.
    """
    if problem.device != "cuda":
        return 0.0
    flops = 2 * problem.multiply_adds()
    vector = flops / ((3.0 if max(problem.kernel) <= 5 else 1.5) * _PEAK_FLOPS)
    if problem.dtype == "float32" and (plan.exact or problem.precision == "fp32"):
        return vector
    rate = _PEAK_TF32_FLOPS if problem.dtype == "float32" else _PEAK_HALF_FLOPS
    return min(vector, flops / (2.25 * rate))


def training_estimate(problem: ConvProblem, plan: Plan) -> float:
    """Seconds of all three passes with one plan that shares spectra."""
    # Those of the input and the weight are made once for two passes; that of the gradient where its tiles are the same.
    shared = sum(spectrum_elements(problem, plan))
    if plan.strategy == "fbfft_add" or problem.holds(plan.size):
        points = plan.size[0] * (plan.size[1] // 2 + 1)
        shared += points * problem.samples * problem.tiles(plan, "forward") * problem.out_channels
    transforms = 4 if plan.strategy == "cufft" else 1
    saved = transforms * shared * (4 if problem.precision == "tf32" else 8) / _BYTES_PER_SECOND
    return sum(estimate(problem, plan, pass_) for pass_ in PASSES) - saved


@functools.cache
def default_memory_limit(device: torch.device) -> int:
    """Workspace a call may use unless told otherwise: 1 GiB, or a quarter of what is free where that is more.

    Asked once for each device: the driver's answer takes longer than a small convolution.
    """
    if device.type != "cuda":
        return 1 << 30
    free, _ = torch.cuda.mem_get_info(device)
    cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return max(1 << 30, (free + cached) // 4)
