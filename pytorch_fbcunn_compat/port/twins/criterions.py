"""Loss functions. Class numbers in targets are counted from 1, as in Lua."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from .base import Twin


class ClassNLLCriterion(nn.NLLLoss):
    """nn.NLLLoss for targets counted from 1: N x C or C log-probabilities and N or one class."""

    def forward(self, input: torch.Tensor, target: Any) -> torch.Tensor:
        target = torch.as_tensor(target, device=input.device).long() - 1
        return super().forward(input, target.reshape(input.shape[:1]) if input.dim() == 2 else target.reshape(()))


class SpatialClassNLLCriterion(nn.NLLLoss):
    """nn.NLLLoss for N x C x H x W log-probabilities and N x H x W targets counted from 1."""

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return super().forward(input, target.long() - 1)


class CrossEntropyCriterion(nn.CrossEntropyLoss):
    """nn.CrossEntropyLoss for targets counted from 1; dimensions of size 1 do not count."""

    def forward(self, input: torch.Tensor, target: Any) -> torch.Tensor:
        target = torch.as_tensor(target, device=input.device).long() - 1
        return super().forward(input.squeeze(), target.squeeze())


class PlacewiseCrossEntropy(nn.CrossEntropyLoss):
    """nn.CrossEntropyLoss at each place of N x C x ... scores, for targets counted from 1."""

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return super().forward(input, target.long() - 1)


class WeightedBCE(Twin):
    """Binary cross entropy of probabilities, each position of a sample with a weight."""

    def __init__(self, *size: int, size_average: bool = True) -> None:
        super().__init__()
        self.size_average = size_average
        self.register_buffer("weight", torch.empty(size) if size else None)

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        terms = target * (input + 1e-12).log() + (1 - target) * (1 - input + 1e-12).log()
        if self.weight is not None:
            terms = terms * self.weight
        return -terms.mean() if self.size_average else -terms.sum()


class WeightedMSE(Twin):
    """Mean squared error against the target times a weight."""

    def __init__(self, *size: int, size_average: bool = True) -> None:
        super().__init__()
        self.size_average = size_average
        self.register_buffer("weight", torch.empty(size))

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        terms = (input - target * self.weight).square()
        return terms.mean() if self.size_average else terms.sum()


class ClassSimplexCriterion(Twin):
    """Mean squared error against the corner of a regular simplex that stands for the class."""

    def __init__(self, classes: int, size_average: bool = True) -> None:
        super().__init__()
        self.size_average = size_average
        self.register_buffer("simplex", torch.empty(classes, classes))

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        terms = (input - self.simplex[torch.as_tensor(target).long().flatten() - 1].reshape(input.shape)).square()
        return terms.mean() if self.size_average else terms.sum()


class DistKLDivCriterion(Twin):
    """Kullback-Leibler divergence of log-probabilities from a target, divided by the number of elements."""

    def __init__(self, size_average: bool = True) -> None:
        super().__init__()
        self.size_average = size_average

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        terms = F.kl_div(input, target, reduction="none")
        return terms.mean() if self.size_average else terms.sum()


class CosineEmbeddingCriterion(Twin):
    """1 - cosine for pairs marked 1, the cosine above a margin for pairs marked -1."""

    def __init__(self, margin: float = 0.0, size_average: bool = True) -> None:
        super().__init__()
        self.margin, self.size_average = margin, size_average

    def forward(self, input: tuple[torch.Tensor, torch.Tensor], target: Any) -> torch.Tensor:
        a, b = (value.reshape(-1, value.shape[-1]) for value in input)
        mark = torch.as_tensor(target, device=a.device).reshape(-1)
        squares = (a.square().sum(-1) + 1e-12) * (b.square().sum(-1) + 1e-12)
        cosine = (a * b).sum(-1) / squares.sqrt()
        terms = torch.where(mark == 1, 1 - cosine, (cosine - self.margin).clamp(min=0))
        return terms.mean() if self.size_average else terms.sum()


class HingeEmbeddingCriterion(Twin):
    """The input for targets 1, max(0, margin - input) for targets -1."""

    def __init__(self, margin: float = 1.0, size_average: bool = True) -> None:
        super().__init__()
        self.margin, self.size_average = margin, size_average

    def forward(self, input: torch.Tensor, target: Any) -> torch.Tensor:
        mark = torch.as_tensor(target, device=input.device).expand_as(input)
        terms = torch.where(mark == -1, (self.margin - input).clamp(min=0), input)
        return terms.mean() if self.size_average else terms.sum()


class L1Cost(Twin):
    """Sum of absolute values; takes no target."""

    def forward(self, input: torch.Tensor, target: Any = None) -> torch.Tensor:
        return input.abs().sum()


class L1HingeEmbeddingCriterion(Twin):
    """L1 distance of a pair marked 1; max(0, margin - distance) of a pair marked -1."""

    def __init__(self, margin: float = 1.0) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, input: tuple[torch.Tensor, torch.Tensor], target: Any) -> torch.Tensor:
        length = (input[0] - input[1]).abs().sum()
        return length if float(torch.as_tensor(target).reshape(-1)[0]) == 1 else (self.margin - length).clamp(min=0)


class MarginCriterion(Twin):
    """max(0, margin - input * target) for targets 1 and -1."""

    def __init__(self, margin: float = 1.0, size_average: bool = True) -> None:
        super().__init__()
        self.margin, self.size_average = margin, size_average

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        terms = (self.margin - input * target).clamp(min=0)
        return terms.mean() if self.size_average else terms.sum()


class MarginRankingCriterion(Twin):
    """max(0, margin - target * (a - b)) for a pair of scores."""

    def __init__(self, margin: float = 1.0, size_average: bool = True) -> None:
        super().__init__()
        self.margin, self.size_average = margin, size_average

    def forward(self, input: tuple[torch.Tensor, torch.Tensor], target: Any) -> torch.Tensor:
        terms = (self.margin - target * (input[0] - input[1])).clamp(min=0)
        return terms.mean() if self.size_average else terms.sum()


class MultiLabelMarginCriterion(Twin):
    """nn.MultiLabelMarginLoss for targets counted from 1 and ended by 0.

    Written out: torch.compile of torch 2.13 gives another value for nn.MultiLabelMarginLoss.
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        classes = input.shape[-1]
        scores, labels = input.reshape(-1, classes), target.long().reshape(-1, classes)
        given = (labels != 0).cumprod(1)
        labels = (labels - 1).clamp(min=0)
        wanted = (F.one_hot(labels, classes) * given[:, :, None]).amax(1)
        hinge = F.relu(1 - scores.gather(1, labels)[:, :, None] + scores[:, None, :])
        total = (hinge * given[:, :, None] * (1 - wanted)[:, None, :]).sum((1, 2)) / classes
        return total.mean() if self.reduction == "mean" else total.sum()


class MultiMarginCriterion(nn.MultiMarginLoss):
    """nn.MultiMarginLoss for targets counted from 1."""

    def forward(self, input: torch.Tensor, target: Any) -> torch.Tensor:
        return super().forward(input, torch.as_tensor(target, device=input.device).long().reshape(input.shape[:-1]) - 1)


class MultiLabelSoftMarginCriterion(Twin):
    """Binary cross entropy of sigmoid(input), each class with a weight."""

    def __init__(self, *size: int, size_average: bool = True) -> None:
        super().__init__()
        self.size_average = size_average
        self.register_buffer("weight", torch.empty(size) if size else None)

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        terms = -(target * F.logsigmoid(input) + (1 - target) * F.logsigmoid(-input))
        if self.weight is not None:
            terms = terms * self.weight
        return terms.mean() if self.size_average else terms.sum()


class SpatialAutoCropMSECriterion(Twin):
    """Mean squared error; the larger of input and target is cropped at its border to the size of the other."""

    def __init__(self, size_average: bool = True) -> None:
        super().__init__()
        self.size_average = size_average

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        height, width = (min(input.shape[dim], target.shape[dim]) for dim in (-2, -1))
        cut = []
        for value in (input, target):
            top, left = (value.shape[-2] - height) // 2, (value.shape[-1] - width) // 2
            cut.append(value[..., top : top + height, left : left + width])
        terms = (cut[0] - cut[1]).square()
        return terms.mean() if self.size_average else terms.sum()


class DistanceRatioCriterion(Twin):
    """-log(exp(-a) / (exp(-a) + exp(-b))) of a pair of distances, similar and dissimilar; takes no target."""

    def __init__(self, size_average: bool = True) -> None:
        super().__init__()
        self.size_average = size_average

    def forward(self, input: tuple[torch.Tensor, torch.Tensor], target: Any = None) -> torch.Tensor:
        terms = -torch.log(torch.exp(-input[0]) / (torch.exp(-input[0]) + torch.exp(-input[1])))
        return terms.mean() if self.size_average else terms.sum()


class MultiCriterion(nn.ModuleList):
    """Weighted sum of several criterions of the same input and target."""

    def __init__(self, *criterions: nn.Module, weights: tuple[float, ...] = ()) -> None:
        super().__init__(criterions)
        self.weights = weights

    def forward(self, input: Any, target: Any) -> torch.Tensor:
        return sum(weight * criterion(input, target) for criterion, weight in zip(self, self.weights, strict=True))


class ParallelCriterion(nn.ModuleList):
    """Weighted sum of criterions, each of its own entry of input and target (or of one target for all)."""

    def __init__(self, *criterions: nn.Module, weights: tuple[float, ...] = (), repeat_target: bool = False) -> None:
        super().__init__(criterions)
        self.weights, self.repeat_target = weights, repeat_target

    def forward(self, input: Any, target: Any) -> torch.Tensor:
        targets = [target] * len(self) if self.repeat_target else target
        parts = zip(self, self.weights, input, targets, strict=False)
        return sum(weight * criterion(part, wanted) for criterion, weight, part, wanted in parts)


class SequencerCriterion(nn.Module):
    """Sum (or average) of a criterion over the steps of a sequence, each with its own target or all with one."""

    def __init__(self, criterion: nn.Module, average: bool = False, repeat_target: bool = False) -> None:
        super().__init__()
        self.criterion, self.average, self.repeat_target = criterion, average, repeat_target

    def forward(self, input: Any, target: Any) -> torch.Tensor:
        targets = [target] * len(input) if self.repeat_target else target
        total = sum(self.criterion(step, wanted) for step, wanted in zip(input, targets, strict=True))
        return total / len(input) if self.average else total


class CriterionTable(nn.Module):
    """A criterion as a module: takes the pair (input, target)."""

    def __init__(self, criterion: nn.Module) -> None:
        super().__init__()
        self.criterion = criterion

    def forward(self, *inputs: Any) -> torch.Tensor:
        pair = inputs[0] if len(inputs) == 1 else inputs
        return self.criterion(pair[0], pair[1])


class ModuleCriterion(nn.Module):
    """A criterion of what modules make of input and target."""

    def __init__(self, criterion: nn.Module, input_module: nn.Module | None, target_module: nn.Module | None) -> None:
        super().__init__()
        self.criterion, self.input_module, self.target_module = criterion, input_module, target_module

    def forward(self, input: Any, target: Any) -> torch.Tensor:
        if self.input_module is not None:
            input = self.input_module(input)
        if self.target_module is not None:
            target = self.target_module(target)
        return self.criterion(input, target)
