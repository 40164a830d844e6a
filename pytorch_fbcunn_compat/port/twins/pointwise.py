"""Elementwise layers without parameters in torch.nn."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from .base import Twin


class Abs(Twin):
    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.abs()


class Exp(Twin):
    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.exp()


class Log(Twin):
    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.log()


class Square(Twin):
    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.square()


class Sqrt(Twin):
    """Square root of input + eps; its gradient at 0 is 0, where torch.sqrt has infinity."""

    def __init__(self, eps: float = 0.0) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        shifted = input + self.eps
        zero = shifted == 0
        return torch.where(zero, 1.0, shifted).sqrt() * ~zero


class Power(Twin):
    def __init__(self, exponent: float) -> None:
        super().__init__()
        self.exponent = exponent

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.pow(self.exponent)


class AddConstant(Twin):
    def __init__(self, constant: float) -> None:
        super().__init__()
        self.constant = constant

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input + self.constant


class MulConstant(Twin):
    def __init__(self, constant: float) -> None:
        super().__init__()
        self.constant = constant

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input * self.constant


class Add(Twin):
    """Adds a learned bias: one number, or one for each position of a sample."""

    def __init__(self, *size: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.empty(size))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input + self.bias


class Mul(Twin):
    """Multiplies by learned factors: one number, or one for each position of a sample."""

    def __init__(self, *size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(size))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input * self.weight


class ReversedGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, factor: float) -> torch.Tensor:
        ctx.factor = factor
        return input.view_as(input)

    @staticmethod
    def backward(ctx: Any, grad_output: torch.Tensor) -> tuple[torch.Tensor, None]:
        return grad_output * -ctx.factor, None


class GradientReversal(Twin):
    """Identity whose gradient is multiplied by -factor."""

    def __init__(self, factor: float = 1.0) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return ReversedGradient.apply(input, self.factor)


class PenalizedIdentity(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, weight: float, provide_output: bool) -> torch.Tensor:
        ctx.save_for_backward(input)
        ctx.weight, ctx.provide_output = weight, provide_output
        return input.view_as(input)

    @staticmethod
    def backward(ctx: Any, grad_output: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (input,) = ctx.saved_tensors
        penalty = ctx.weight * input.sign()
        return grad_output + penalty if ctx.provide_output else penalty, None, None


class L1Penalty(Twin):
    """Identity that adds the gradient of weight * |input| on the way back."""

    def __init__(self, weight: float, size_average: bool = False, provide_output: bool = True) -> None:
        super().__init__()
        self.weight, self.size_average, self.provide_output = weight, size_average, provide_output

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        weight = self.weight / input.numel() if self.size_average else self.weight
        return PenalizedIdentity.apply(input, weight, self.provide_output)


class ZeroGrad(Twin):
    """Identity that passes no gradient."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input + 0 * input.detach() if not input.requires_grad else ReversedGradient.apply(input, 0.0)


class Clip(Twin):
    """Limits values; the gradient passes as if it did not."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.low, self.high = low, high

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input + (input.clamp(self.low, self.high) - input).detach()


class SoftMax(Twin):
    """Softmax over the features: the first dimension of a sample."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.softmax(-1 if input.dim() < 3 else -3)


class LogSoftMax(Twin):
    """Log-softmax over the features: the first dimension of a sample."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.log_softmax(-1 if input.dim() < 3 else -3)


class SoftMin(Twin):
    """Softmax of -input over the features: the first dimension of a sample."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return (-input).softmax(-1 if input.dim() < 3 else -3)


class UnscaledDropout(Twin):
    """Dropout of the first Torch7 versions: nothing is scaled in training, and evaluation multiplies by 1 - p."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return F.dropout(input, self.p, self.training) * (1 - self.p)


class SpatialDropout(Twin):
    """Drops whole feature maps; nothing is scaled in training, and evaluation multiplies by 1 - p."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return F.dropout2d(input, self.p, self.training) * (1 - self.p)


class VolumetricDropout(Twin):
    """Drops whole feature volumes; nothing is scaled in training, and evaluation multiplies by 1 - p."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return F.dropout3d(input, self.p, self.training) * (1 - self.p)


class AlwaysDropout(Twin):
    """Dropout that stays active in evaluation."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return F.dropout(input, self.p, True)


class WhiteNoise(Twin):
    """Adds normal noise in training, its mean in evaluation."""

    def __init__(self, mean: float = 0.0, std: float = 0.1) -> None:
        super().__init__()
        self.mean, self.std = mean, std

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        moved = input + self.mean
        return moved + self.std * torch.randn_like(input) if self.training else moved


class Cast(Twin):
    """Converts to an element type."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.to(self.dtype)
