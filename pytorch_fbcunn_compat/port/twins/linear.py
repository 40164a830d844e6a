"""Layers with weights that compare or project, where torch.nn has no twin."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrize

from .base import Twin


class Cosine(Twin):
    """Cosine of the angle between the input and each row of the weight."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_features, in_features))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        norms = input.norm(dim=-1, keepdim=True) * self.weight.norm(dim=1) + 1e-12
        return input @ self.weight.t() / norms


def distance(squares: torch.Tensor) -> torch.Tensor:
    """Square root whose gradient is 1 / (2 (root + 1e-7)), finite at 0."""
    root = squares.detach().sqrt()
    return root + (squares - squares.detach()) / (2 * (root + 1e-7))


class Euclidean(Twin):
    """Euclidean distance between the input and each row of the weight."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_features, in_features))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return distance((input.unsqueeze(-2) - self.weight).square().sum(-1))


class WeightedEuclidean(Twin):
    """Euclidean distance between the input and each row of the weight, each axis scaled by a learned factor."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_features, in_features))
        self.scale = nn.Parameter(torch.empty(out_features, in_features))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return distance(((input.unsqueeze(-2) - self.weight) * self.scale).square().sum(-1))


class LinearWeightNorm(Twin):
    """Linear layer with weight g * v / |v|, rows normalised."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True, eps: float = 1e-16) -> None:
        super().__init__()
        self.v = nn.Parameter(torch.empty(out_features, in_features))
        self.g = nn.Parameter(torch.empty(out_features, 1))
        self.bias = nn.Parameter(torch.empty(out_features)) if bias else None
        self.eps = eps

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        norm = self.v.norm(dim=1, keepdim=True).clamp(min=self.eps)
        return F.linear(input, self.g * self.v / norm, self.bias)


class LookupTable(nn.Embedding):
    """nn.Embedding with indices counted from 1."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return super().forward(input.long() - 1)


class LookupTableMaskZero(nn.Embedding):
    """nn.Embedding in which index 0 gives zeros (row 0 of the weight) and words are counted from 1."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return super().forward(input.long())


class NormedWeight(nn.Module):
    """A weight as direction and length: v * g / sqrt(|v|^2 + 1e-4), norms over all dimensions but `dim`."""

    def __init__(self, dim: int = 0) -> None:
        super().__init__()
        self.dim = dim

    def length(self, weight: torch.Tensor) -> torch.Tensor:
        others = [axis for axis in range(weight.dim()) if axis != self.dim]
        return (weight.square().sum(others, keepdim=True) + 1e-4).sqrt()

    def forward(self, g: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        return v * (g / self.length(v))

    def right_inverse(self, weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.length(weight), weight


def weight_norm(module: nn.Module, dim: int = 0) -> nn.Module:
    """Parametrizes the weight of a module by direction and length, as Torch7's nn.WeightNorm does."""
    parametrize.register_parametrization(module, "weight", NormedWeight(dim))
    return module
