"""Runs one pass of a convolution with a given plan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor

from . import product
from .problem import ConvProblem, Plan

_OPS = torch.ops.fbcunn
_PRECISION = {"fp32": 0, "tf32": 1}


# How many of its likeliest algorithms cuDNN times in a search. torch's default is 10; in TF32 each costs up to a
# second, since cuDNN compiles it first.
search_limits = {"fp32": 3, "tf32": 2}


@contextmanager
def cudnn_state(plan: Plan, precision: str) -> Iterator[None]:
    """cuDNN's search and TF32 set for one call; flags that already fit are not touched."""
    cudnn = torch.backends.cudnn
    rounded = "tf32" if precision == "tf32" and not plan.exact else "fp32"
    # A search cannot be captured.
    searches = plan.benchmark and not torch.cuda.is_current_stream_capturing()
    wanted = searches, "tf32" if rounded == "tf32" else "ieee", search_limits[rounded]
    before = cudnn.benchmark, cudnn.conv.fp32_precision, cudnn.benchmark_limit
    if before[0] != wanted[0]:
        cudnn.benchmark = wanted[0]
    if before[1] != wanted[1]:
        cudnn.conv.fp32_precision = wanted[1]
    if searches and before[2] != wanted[2]:
        cudnn.benchmark_limit = wanted[2]
    try:
        yield
    finally:
        if before[0] != wanted[0]:
            cudnn.benchmark = before[0]
        if before[1] != wanted[1]:
            cudnn.conv.fp32_precision = before[1]
        if searches and before[2] != wanted[2]:
            cudnn.benchmark_limit = before[2]


@contextmanager
def probing() -> Iterator[None]:
    """cuDNN calls that leave no trace.

    torch remembers the algorithm of a first call and never searches for another afterwards; deterministic calls are
    remembered apart.
    """
    cudnn = torch.backends.cudnn
    before = cudnn.deterministic
    cudnn.deterministic = True
    try:
        yield
    finally:
        cudnn.deterministic = before


def _laid_out(tensor: Tensor, plan: Plan) -> Tensor:
    return tensor.contiguous(memory_format=torch.channels_last if plan.channels_last else torch.contiguous_format)


def _as_given(problem: ConvProblem, image: Tensor) -> Tensor:
    return image if problem.channels_last else image.contiguous()


def forward(
    problem: ConvProblem, plan: Plan, input: Tensor, weight: Tensor, bias: Tensor | None, relu: bool, limit: int
) -> Tensor:
    """Output of the convolution ``[N, F, H', W']``; channels_last only where the input is and the plan computes so."""
    if plan.strategy == "direct":
        with cudnn_state(plan, problem.precision):
            output = F.conv2d(
                _laid_out(input, plan), _laid_out(weight, plan), bias, 1, problem.padding, 1, problem.groups
            )
        return _as_given(problem, output.relu_() if relu else output)
    if plan.strategy == "gemm":
        output = product.forward(problem, input, weight)
        output = output if bias is None else output + bias.view(-1, 1, 1)
        return output.relu_() if relu else output
    return _OPS.conv_fft2d(
        input,
        weight,
        bias,
        problem.padding,
        problem.groups,
        plan.path,
        plan.size,
        _PRECISION[problem.precision],
        relu,
        limit,
    )


def grad_input(problem: ConvProblem, plan: Plan, grad: Tensor, weight: Tensor, limit: int) -> Tensor:
    """Gradient of the input ``[N, C, H, W]`` from that of the output."""
    if plan.strategy == "direct":
        return _direct_backward(problem, plan, grad, None, weight)
    if plan.strategy == "gemm":
        return _as_given(problem, product.grad_input(problem, grad, weight))
    return _OPS.conv_fft2d_grad_input(
        grad,
        weight,
        (problem.height, problem.width),
        problem.padding,
        problem.groups,
        plan.path,
        plan.size,
        _PRECISION[problem.precision],
        limit,
    )


def grad_weight(problem: ConvProblem, plan: Plan, grad: Tensor, input: Tensor, limit: int) -> Tensor:
    """Gradient of the weight ``[F, C/groups, kH, kW]``."""
    if plan.strategy == "direct":
        return _direct_backward(problem, plan, grad, input, None)
    if plan.strategy == "gemm":
        return product.grad_weight(problem, grad, input)
    return _OPS.conv_fft2d_grad_weight(
        grad,
        input,
        problem.kernel,
        problem.padding,
        problem.groups,
        plan.path,
        plan.size,
        _PRECISION[problem.precision],
        limit,
    )


def forward_keeping(
    problem: ConvProblem, plan: Plan, input: Tensor, weight: Tensor, bias: Tensor | None, relu: bool
) -> tuple[Tensor, ...]:
    """Output, then what `backward` reuses: spectra of input and weight, and bits of their largest magnitudes."""
    return _OPS.conv_fft2d_keep(
        input, weight, bias, problem.padding, problem.groups, plan.path, plan.size, _PRECISION[problem.precision], relu
    )


def backward(
    problem: ConvProblem,
    plan: Plan,
    grad: Tensor,
    input: Tensor,
    weight: Tensor,
    kept: tuple[Tensor, ...] | None,
    limit: int,
) -> tuple[Tensor, Tensor]:
    """Both gradients with one plan, sharing the spectra of gradOutput and reusing what the forward pass kept."""
    return _OPS.conv_fft2d_backward(
        grad,
        input,
        weight,
        *(kept or (None, None, None)),
        problem.padding,
        problem.groups,
        plan.path,
        plan.size,
        _PRECISION[problem.precision],
        limit,
    )


def _direct_backward(
    problem: ConvProblem, plan: Plan, grad: Tensor, input: Tensor | None, weight: Tensor | None
) -> Tensor:
    # convolution_backward reads only the shape of the tensor whose gradient it makes.
    mask = [weight is not None, input is not None, False]
    if input is None:
        shape = (problem.samples, problem.in_channels, problem.height, problem.width)
        input = grad.new_empty(()).expand(shape)
    else:
        input = _laid_out(input, plan)
    if weight is None:
        weight = grad.new_empty(()).expand(problem.out_channels, problem.in_channels // problem.groups, *problem.kernel)
    else:
        weight = _laid_out(weight, plan)
    with cudnn_state(plan, problem.precision):
        grads = torch.ops.aten.convolution_backward(
            _laid_out(grad, plan),
            input,
            weight,
            None,
            [1, 1],
            list(problem.padding),
            [1, 1],
            False,
            [0, 0],
            problem.groups,
            mask,
        )
    return _as_given(problem, grads[0]) if mask[0] else grads[1].contiguous()
