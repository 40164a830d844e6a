"""The eager convolution: passes that hand spectra to each other."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from . import execute
from .operators import choose_and_run, conv2d_auto, is_out_of_memory, limit_of, run_with_fallback
from .problem import ConvProblem, Plan, training_bytes
from .tuner import plan_for, tuner


def convolve(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    padding: tuple[int, int],
    groups: int,
    strategy: str,
    precision: str,
    memory_limit: int,
    relu: bool,
) -> Tensor:
    """Stride-1 convolution of ``[N, C, H, W]``; arguments as `functional.conv2d_fft` checks them."""
    if torch.compiler.is_compiling() or input.numel() == 0 or weight.numel() == 0:
        # One opaque operator: a traced graph cannot hold spectra whose size tuning decides.
        chosen = strategy if input.numel() and weight.numel() else "fft"
        return conv2d_auto(input, weight, bias, padding, groups, chosen, precision, memory_limit, relu)
    return _Convolution.apply(input, weight, bias, padding, groups, strategy, precision, memory_limit, relu)


def _plans(
    problem: ConvProblem, strategy: str, input: Tensor, weight: Tensor, limit: int, needs: tuple[bool, bool]
) -> dict[str, Plan]:
    """Plans of the passes that this call needs; with "joint" when they share spectra."""
    if strategy == "auto":
        if all(needs):
            return tuner.choose_training(problem, input.device, input, weight, limit)
        forward = tuner.choose(
            problem,
            "forward",
            input.device,
            lambda plan: execute.forward(problem, plan, input, weight, None, False, limit),
            limit,
        )
        return {"forward": forward}
    plans = {"forward": plan_for(strategy, problem, "forward")}
    plan = plans["forward"]
    if all(needs) and plan.keeps_spectra and training_bytes(problem, plan) <= limit:
        plans["joint"] = plan
    return plans


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input, weight, bias, padding, groups, strategy, precision, memory_limit, relu):
        if not input.is_contiguous(memory_format=torch.channels_last):
            input = input.contiguous()
        weight = weight.contiguous()
        problem = ConvProblem.of(input, weight, padding, groups, precision)
        limit = limit_of(memory_limit, input.device)
        needs = ctx.needs_input_grad[0], ctx.needs_input_grad[1]
        plans = _plans(problem, strategy, input, weight, limit, needs)
        kept: list[Tensor] = []
        joint = plans.get("joint")
        if joint is not None and all(needs):
            try:
                output, *kept = execute.forward_keeping(problem, joint, input, weight, bias, relu)
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                torch.cuda.empty_cache()
                joint = None
        else:
            joint = None
        if joint is None:
            output = run_with_fallback(
                problem, plans["forward"], lambda plan: execute.forward(problem, plan, input, weight, bias, relu, limit)
            )
        ctx.problem, ctx.plans, ctx.joint, ctx.strategy, ctx.limit = problem, plans, joint, strategy, limit
        ctx.has_bias = bias is not None
        ctx.save_for_backward(input, weight, output if relu else None, *kept)
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        input, weight, output, *kept = ctx.saved_tensors
        problem, limit = ctx.problem, ctx.limit
        if output is not None:
            grad = grad * (output > 0)
        if not grad.is_contiguous(memory_format=torch.channels_last):
            grad = grad.contiguous()
        grad_input = grad_weight = grad_bias = None
        if ctx.joint is not None:
            grad_input, grad_weight = execute.backward(problem, ctx.joint, grad, input, weight, tuple(kept), limit)
        else:
            if ctx.needs_input_grad[0]:
                grad_input = _pass(
                    ctx, "grad_input", lambda plan: execute.grad_input(problem, plan, grad, weight, limit), grad
                )
            if ctx.needs_input_grad[1]:
                grad_weight = _pass(
                    ctx, "grad_weight", lambda plan: execute.grad_weight(problem, plan, grad, input, limit), grad
                )
        if ctx.has_bias and ctx.needs_input_grad[2]:
            grad_bias = grad.sum((0, 2, 3))
        return grad_input, grad_weight, grad_bias, *[None] * 6


def _pass(ctx, pass_: str, run, grad: Tensor) -> Tensor:
    plan = ctx.plans.get(pass_)
    if plan is None:
        return choose_and_run(ctx.problem, pass_, ctx.strategy, grad.device, ctx.limit, run)
    return run_with_fallback(ctx.problem, plan, run)
