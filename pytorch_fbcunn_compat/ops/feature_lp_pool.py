"""Lp pooling over windows of adjacent feature maps (fbcunn's FeatureLPPooling)."""

from __future__ import annotations

import torch
from torch import Tensor

_OP = torch.ops.fbcunn.feature_lp_pool
_BACKWARD = torch.ops.fbcunn.feature_lp_pool_backward


def feature_lp_pool(input: Tensor, width: int, stride: int = 1, power: float = 2.0, dim: int = 1) -> Tensor:
    """Pool ``width`` adjacent features, every ``stride`` features, by (Σ xᵖ)^(1/p).

    No absolute value is taken, as in the original: an odd power keeps signs, a fractional power of a negative
    number is NaN, and a window whose norm is zero passes no gradient.

    Args:
        input: floating-point tensor of any rank; ``dim`` holds its F features.
        width: features in a window, 2 to 16.
        stride: features between windows, 1 to 4.
        power: the exponent p; 2 is computed as a square root.
        dim: the feature dimension; negative counts from the end.

    Returns:
        ``input`` with its F features replaced by ⌊(F − width) / stride⌋ + 1, same dtype and device.

    Raises:
        RuntimeError: width, stride or dim out of range, fewer than ``width`` features, or an integer dtype.
    """
    return _OP(input, dim + input.dim() if dim < 0 else dim, width, stride, power)


def feature_lp_pool_reference(input: Tensor, width: int, stride: int = 1, power: float = 2.0, dim: int = 1) -> Tensor:
    """The same function in plain PyTorch."""
    windows = input.unfold(dim, width, stride)
    if power == 2:
        return windows.square().sum(-1).sqrt()
    return windows.pow(power).sum(-1).pow(1 / power)


@torch.library.register_fake("fbcunn::feature_lp_pool")
def _(self: Tensor, dim: int, width: int, stride: int, power: float) -> Tensor:
    sizes = list(self.shape)
    sizes[dim] = (sizes[dim] - width) // stride + 1
    return self.new_empty(sizes)


@torch.library.register_fake("fbcunn::feature_lp_pool_backward")
def _(grad_output: Tensor, self: Tensor, result: Tensor, dim: int, width: int, stride: int, power: float) -> Tensor:
    return self.new_empty(self.shape)


def _setup_context(ctx, inputs, output) -> None:
    input, *ctx.arguments = inputs
    ctx.save_for_backward(input, output)


def _backward(ctx, grad: Tensor):
    input, output = ctx.saved_tensors
    return _BACKWARD(grad, input, output, *ctx.arguments), None, None, None, None


torch.library.register_autograd("fbcunn::feature_lp_pool", _backward, setup_context=_setup_context)
