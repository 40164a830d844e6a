"""Convolution as matrix products over unfolded patches; where the output is one position there is nothing to unfold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor

from .problem import ConvProblem


@contextmanager
def matmul_precision(problem: ConvProblem) -> Iterator[None]:
    """TF32 in matrix products for problems that allow it, and only for them."""
    settings = torch.backends.cuda.matmul
    before = settings.fp32_precision
    wanted = "tf32" if problem.precision == "tf32" else "ieee"
    if before == wanted or problem.device != "cuda":
        yield
        return
    settings.fp32_precision = wanted
    try:
        yield
    finally:
        settings.fp32_precision = before


# Relative errors of so few results are luck; summed in double they are as small as they can be, at no cost.
_FEW_RESULTS = 16


def is_one_product(problem: ConvProblem) -> bool:
    """Whether each output is one position of an unpadded image: then images and weights are matrices as they lie."""
    return problem.output == (1, 1) and problem.padding == (0, 0) and problem.groups == 1


def forward(problem: ConvProblem, input: Tensor, weight: Tensor) -> Tensor:
    """Output ``[N, F, H', W']``, without bias."""
    height, width = problem.output
    with matmul_precision(problem):
        if is_one_product(problem):
            return _products_of_rows(problem, _matrix(problem, input), _matrix(problem, weight))[:, :, None, None]
        rows = weight.reshape(problem.groups, problem.out_channels // problem.groups, -1)
        output = torch.matmul(rows, _patches(problem, input))
    return output.view(problem.samples, problem.out_channels, height, width)


def grad_input(problem: ConvProblem, grad: Tensor, weight: Tensor) -> Tensor:
    """Gradient of the input ``[N, C, H, W]``."""
    with matmul_precision(problem):
        if is_one_product(problem):
            return _image(problem, grad.reshape(problem.samples, -1) @ _matrix(problem, weight))
        rows = weight.reshape(problem.groups, problem.out_channels // problem.groups, -1)
        patches = torch.matmul(rows.transpose(1, 2), _by_group(problem, grad))
    patches = patches.view(problem.samples, -1, patches.shape[-1])
    return F.fold(patches, (problem.height, problem.width), problem.kernel, padding=problem.padding)


def grad_weight(problem: ConvProblem, grad: Tensor, input: Tensor) -> Tensor:
    """Gradient of the weight ``[F, C/groups, kH, kW]``."""
    with matmul_precision(problem):
        if is_one_product(problem):
            product = _sum_over_samples(grad.reshape(problem.samples, -1), _matrix(problem, input))
            return _image(problem, product).contiguous()
        product = torch.matmul(_by_group(problem, grad), _patches(problem, input).transpose(2, 3)).sum(0)
    return product.reshape(problem.out_channels, problem.in_channels // problem.groups, *problem.kernel)


def _products_of_rows(problem: ConvProblem, images: Tensor, weights: Tensor) -> Tensor:
    """``images @ weights.T``."""
    exact = problem.dtype == "float32" and problem.precision == "fp32"
    if exact and problem.samples * problem.out_channels <= _FEW_RESULTS:
        return torch.ops.fbcunn.row_products(images, weights)
    return images @ weights.t()


def _sum_over_samples(grad: Tensor, input: Tensor) -> Tensor:
    """``grad.T @ input``; where that costs little, in eight shorter sums, whose rounding errors are a third."""
    samples, results = grad.shape[0], grad.shape[1] * input.shape[1]
    if samples % 8 or samples < 64 or results > 1 << 17:
        return grad.t() @ input
    return torch.bmm(grad.view(8, samples // 8, -1).transpose(1, 2), input.reshape(8, samples // 8, -1)).sum(0)


def _patches(problem: ConvProblem, input: Tensor) -> Tensor:
    """``[N, groups, C/groups kH kW, H' W']``."""
    columns = F.unfold(input, problem.kernel, padding=problem.padding)
    return columns.view(problem.samples, problem.groups, -1, columns.shape[-1])


def _by_group(problem: ConvProblem, grad: Tensor) -> Tensor:
    """``[N, groups, F/groups, H' W']``."""
    return grad.reshape(problem.samples, problem.groups, problem.out_channels // problem.groups, -1)


def _matrix(problem: ConvProblem, images: Tensor) -> Tensor:
    """``[N, C H W]`` in the order in which the problem's input lies in memory."""
    return (images.permute(0, 2, 3, 1) if problem.channels_last else images).flatten(1)


def _image(problem: ConvProblem, matrix: Tensor) -> Tensor:
    height, width = problem.kernel
    if problem.channels_last:
        return matrix.view(matrix.shape[0], height, width, -1).permute(0, 3, 1, 2)
    return matrix.view(matrix.shape[0], -1, height, width)
