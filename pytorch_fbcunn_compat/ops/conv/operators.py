"""Fake kernels of the native operators, and the autotuned convolution as one operator for the compiler."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from . import execute
from .problem import PRECISIONS, ConvProblem, Plan, default_memory_limit, smooth_size, spectrum_elements
from .tuner import plan_for, tuner

logger = logging.getLogger("pytorch_fbcunn_compat.ops.conv")


def _output_shape(input: Tensor, weight: Tensor, padding: Sequence[int]) -> list[int]:
    return [
        input.shape[0],
        weight.shape[0],
        input.shape[2] + 2 * padding[0] - weight.shape[2] + 1,
        input.shape[3] + 2 * padding[1] - weight.shape[3] + 1,
    ]


@torch.library.register_fake("fbcunn::conv_fft2d")
def _(input, weight, bias, padding, groups, path, size, precision, relu, memory_limit):
    return input.new_empty(_output_shape(input, weight, padding))


@torch.library.register_fake("fbcunn::conv_fft2d_grad_input")
def _(grad_output, weight, input_size, padding, groups, path, size, precision, memory_limit):
    return grad_output.new_empty([grad_output.shape[0], groups * weight.shape[1], *input_size])


@torch.library.register_fake("fbcunn::conv_fft2d_grad_weight")
def _(grad_output, input, kernel_size, padding, groups, path, size, precision, memory_limit):
    return grad_output.new_empty([grad_output.shape[1], input.shape[1] // groups, *kernel_size])


@torch.library.register_fake("fbcunn::conv_fft2d_keep")
def _(input, weight, bias, padding, groups, path, size, precision, relu):
    strategy = {1: "fbfft_tiled", 2: "cufft", 3: "fbfft_add"}[path]
    problem = ConvProblem.of(input, weight, (padding[0], padding[1]), groups, PRECISIONS[precision])
    plan = Plan(strategy, tuple(size) if any(size) else tuple(smooth_size(n) for n in problem.whole))
    of_input, of_weight = spectrum_elements(problem, plan)
    halves = 1 if problem.precision == "tf32" else 2
    return (
        input.new_empty(_output_shape(input, weight, padding)),
        input.new_empty((halves, 2 * of_input), dtype=torch.float16),
        input.new_empty((halves, 2 * of_weight), dtype=torch.float16),
        input.new_empty((4,), dtype=torch.int32),
    )


@torch.library.register_fake("fbcunn::conv_fft2d_backward")
def _(grad_output, input, weight, kept, kept_weight, largest, padding, groups, path, size, precision, memory_limit):
    return input.new_empty(input.shape), weight.new_empty(weight.shape)


@torch.library.register_fake("fbcunn::row_products")
def _(first, second):
    return first.new_empty((first.shape[0], second.shape[0]))


def _explicit_setup(ctx, inputs, output) -> None:
    input, weight, bias, *ctx.arguments = inputs
    relu = ctx.arguments[5]
    ctx.has_bias = bias is not None
    ctx.save_for_backward(input, weight, output if relu else None)


def _explicit_backward(ctx, grad: Tensor):
    input, weight, output = ctx.saved_tensors
    padding, groups, path, size, precision, _, limit = ctx.arguments
    if output is not None:
        grad = grad * (output > 0)
    ops = torch.ops.fbcunn
    grad_input = grad_weight = grad_bias = None
    if ctx.needs_input_grad[0]:
        grad_input = ops.conv_fft2d_grad_input(
            grad, weight, input.shape[2:], padding, groups, path, size, precision, limit
        )
    if ctx.needs_input_grad[1]:
        grad_weight = ops.conv_fft2d_grad_weight(
            grad, input, weight.shape[2:], padding, groups, path, size, precision, limit
        )
    if ctx.has_bias and ctx.needs_input_grad[2]:
        grad_bias = grad.sum((0, 2, 3))
    return grad_input, grad_weight, grad_bias, *[None] * 7


torch.library.register_autograd("fbcunn::conv_fft2d", _explicit_backward, setup_context=_explicit_setup)


def limit_of(memory_limit: int, device: torch.device) -> int:
    """The workspace limit of a call; a negative one stands for the default."""
    return default_memory_limit(device) if memory_limit < 0 else memory_limit


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether an operator failed to get its workspace.

    LibTorch's stable ABI loses the type and text of an error of a nested ATen call and names only the call. Our
    operators check their arguments before they call anything, so what fails there is an allocation.
    """
    text = str(error)
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in text or "torch_call_dispatcher(" in text


def run_with_fallback(problem: ConvProblem, plan: Plan, run: Callable[[Plan], Tensor]) -> Tensor:
    """``run(plan)``, or the direct method when a transform's workspace cannot be had."""
    try:
        return run(plan)
    except RuntimeError as error:
        if plan.strategy == "direct" or not is_out_of_memory(error):
            raise
        logger.debug("out of memory in %s of %s: computed directly", plan, problem.key)
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return run(Plan("direct"))


def choose_and_run(
    problem: ConvProblem, pass_: str, strategy: str, device: torch.device, limit: int, run: Callable[[Plan], Tensor]
) -> Tensor:
    """A pass with the strategy named, or with what the tuner chooses for "auto"."""
    if strategy == "auto":
        plan = tuner.choose(problem, pass_, device, run, limit)
    else:
        plan = plan_for(strategy, problem, pass_)
    return run_with_fallback(problem, plan, run)


@torch.library.custom_op("fbcunn::conv2d_auto", mutates_args=())
def conv2d_auto(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    padding: Sequence[int],
    groups: int,
    strategy: str,
    precision: str,
    memory_limit: int,
    relu: bool,
) -> Tensor:
    """Forward pass with the strategy chosen when it runs, not when it is traced. memory_limit < 0: the default."""
    problem = ConvProblem.of(input, weight, (padding[0], padding[1]), groups, precision)
    limit = limit_of(memory_limit, input.device)

    def run(plan: Plan) -> Tensor:
        return execute.forward(problem, plan, input, weight, bias, relu, limit)

    return choose_and_run(problem, "forward", strategy, input.device, limit, run)


@conv2d_auto.register_fake
def _(input, weight, bias, padding, groups, strategy, precision, memory_limit, relu):
    return input.new_empty(_output_shape(input, weight, padding))


@torch.library.custom_op("fbcunn::conv2d_auto_grad_input", mutates_args=())
def conv2d_auto_grad_input(
    grad: Tensor,
    weight: Tensor,
    input_size: Sequence[int],
    padding: Sequence[int],
    groups: int,
    strategy: str,
    precision: str,
    memory_limit: int,
) -> Tensor:
    """Gradient of the input, likewise."""
    like = grad.new_empty(()).expand(grad.shape[0], groups * weight.shape[1], input_size[0], input_size[1])
    problem = ConvProblem.of(like, weight, (padding[0], padding[1]), groups, precision)
    limit = limit_of(memory_limit, grad.device)

    def run(plan: Plan) -> Tensor:
        return execute.grad_input(problem, plan, grad, weight, limit)

    return choose_and_run(problem, "grad_input", strategy, grad.device, limit, run)


@conv2d_auto_grad_input.register_fake
def _(grad, weight, input_size, padding, groups, strategy, precision, memory_limit):
    return grad.new_empty([grad.shape[0], groups * weight.shape[1], *input_size])


@torch.library.custom_op("fbcunn::conv2d_auto_grad_weight", mutates_args=())
def conv2d_auto_grad_weight(
    grad: Tensor,
    input: Tensor,
    kernel_size: Sequence[int],
    padding: Sequence[int],
    groups: int,
    strategy: str,
    precision: str,
    memory_limit: int,
) -> Tensor:
    """Gradient of the weight, likewise."""
    like = grad.new_empty(()).expand(grad.shape[1], input.shape[1] // groups, kernel_size[0], kernel_size[1])
    problem = ConvProblem.of(input, like, (padding[0], padding[1]), groups, precision)
    limit = limit_of(memory_limit, grad.device)

    def run(plan: Plan) -> Tensor:
        return execute.grad_weight(problem, plan, grad, input, limit)

    return choose_and_run(problem, "grad_weight", strategy, grad.device, limit, run)


@conv2d_auto_grad_weight.register_fake
def _(grad, input, kernel_size, padding, groups, strategy, precision, memory_limit):
    return grad.new_empty([grad.shape[1], input.shape[1] // groups, *kernel_size])


def _auto_setup(ctx, inputs, output) -> None:
    input, weight, bias, *ctx.arguments, relu = inputs
    ctx.has_bias = bias is not None
    ctx.save_for_backward(input, weight, output if relu else None)


def _auto_backward(ctx, grad: Tensor):
    input, weight, output = ctx.saved_tensors
    if output is not None:
        grad = grad * (output > 0)
    grad_input = grad_weight = grad_bias = None
    if ctx.needs_input_grad[0]:
        grad_input = conv2d_auto_grad_input(grad, weight, input.shape[2:], *ctx.arguments)
    if ctx.needs_input_grad[1]:
        grad_weight = conv2d_auto_grad_weight(grad, input, weight.shape[2:], *ctx.arguments)
    if ctx.has_bias and ctx.needs_input_grad[2]:
        grad_bias = grad.sum((0, 2, 3))
    return grad_input, grad_weight, grad_bias, *[None] * 6


conv2d_auto.register_autograd(_auto_backward, setup_context=_auto_setup)
