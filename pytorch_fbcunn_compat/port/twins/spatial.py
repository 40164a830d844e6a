"""Spatial, temporal and volumetric layers where torch.nn has no twin."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from .base import Twin


class LocalConv2d(Twin):
    """Convolution whose weights differ from place to place."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        output_size: tuple[int, int],
        kernel_size: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        padding: tuple[int, int] = (0, 0),
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.weight = nn.Parameter(torch.empty(*output_size, out_channels, in_channels, *kernel_size))
        self.bias = nn.Parameter(torch.empty(out_channels, *output_size))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        batch = input if input.dim() == 4 else input.unsqueeze(0)
        (top, side), (height, width) = self.padding, self.kernel_size
        padded = F.pad(batch, (side, side, top, top))
        windows = padded.unfold(2, height, self.stride[0]).unfold(3, width, self.stride[1])
        output = torch.einsum("nchwij,hwocij->nohw", windows, self.weight) + self.bias
        return output if input.dim() == 4 else output.squeeze(0)


class MapConv2d(Twin):
    """Convolution with one kernel for each connection (input plane, output plane), counted from 0."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        connections: list[tuple[int, int]],
        kernel_size: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        transposed: bool = False,
    ) -> None:
        super().__init__()
        self.in_channels, self.out_channels, self.connections = in_channels, out_channels, connections
        self.kernel_size, self.stride, self.transposed = kernel_size, stride, transposed
        self.weight = nn.Parameter(torch.empty(len(connections), *kernel_size))
        self.bias = nn.Parameter(torch.empty(out_channels))

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}, {len(self.connections)} connections, {self.kernel_size}"

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        planes = torch.tensor(self.connections, device=input.device)
        source, target = planes[:, 0], planes[:, 1]
        if self.transposed:
            dense = self.weight.new_zeros(self.in_channels, self.out_channels, *self.kernel_size)
            dense = dense.index_put((source, target), self.weight, accumulate=True)
            return F.conv_transpose2d(input, dense, self.bias, self.stride)
        dense = self.weight.new_zeros(self.out_channels, self.in_channels, *self.kernel_size)
        dense = dense.index_put((target, source), self.weight, accumulate=True)
        return F.conv2d(input, dense, self.bias, self.stride)


class SubSampling2d(Twin):
    """Sum over windows, times a weight plus a bias for each plane."""

    def __init__(self, channels: int, kernel_size: tuple[int, int], stride: tuple[int, int]) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride
        self.weight = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        sums = F.avg_pool2d(input, self.kernel_size, self.stride, divisor_override=1)
        return sums * self.weight[:, None, None] + self.bias[:, None, None]


class RecordingMaxPool2d(nn.MaxPool2d):
    """nn.MaxPool2d that keeps the places of its maxima for a MaxUnpool2d."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        self.input_shape = input.shape
        output, self.places = F.max_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, return_indices=True
        )
        return output


class RecordingMaxPool3d(nn.MaxPool3d):
    """nn.MaxPool3d that keeps the places of its maxima for a MaxUnpool3d."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        self.input_shape = input.shape
        output, self.places = F.max_pool3d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, return_indices=True
        )
        return output


class MaxUnpool(Twin):
    """Puts values back to the places where a pooling layer found its maxima."""

    def __init__(self, pooling: nn.Module) -> None:
        super().__init__()
        self._pooling = (pooling,)  # not a submodule of this one

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        pooling = self._pooling[0]
        space = 3 if isinstance(pooling, nn.MaxPool3d) else 2
        flat = input.new_zeros(*input.shape[:-space], math.prod(pooling.input_shape[-space:]))
        flat = flat.scatter(-1, pooling.places.flatten(-space), input.flatten(-space))
        return flat.unflatten(-1, pooling.input_shape[-space:])


def linear_weights(old: int, new: int, like: torch.Tensor) -> torch.Tensor:
    """Matrix that interpolates `old` samples to `new`, corners aligned; places in single precision as in Torch7."""
    step = torch.tensor((old - 1) / (new - 1) if new > 1 else 0.0, dtype=torch.float32, device=like.device)
    place = step * torch.arange(new, device=like.device)
    left = place.floor().clamp(max=old - 1)
    part = (place - left).unsqueeze(1).to(like.dtype)
    index = left.long().unsqueeze(1)
    weights = like.new_zeros(new, old).scatter(1, index, 1 - part)
    return weights.scatter_add(1, (index + 1).clamp(max=old - 1), part)


class Upsample(Twin):
    """Upsampling by a factor or to a size; linear uses aligned corners. Samples need no batch dimension."""

    def __init__(
        self,
        scale_factor: int | None = None,
        size: tuple[int, ...] | None = None,
        mode: str = "nearest",
        space: int = 0,
    ) -> None:
        super().__init__()
        self.scale_factor, self.size, self.mode, self.space = scale_factor, size, mode, space

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        space = self.space or input.dim() - 2
        size = self.size or tuple(length * self.scale_factor for length in input.shape[-space:])
        if self.mode == "nearest":
            batch = input if input.dim() == space + 2 else input.unsqueeze(0)
            output = F.interpolate(batch, size)
            return output if input.dim() == space + 2 else output.squeeze(0)
        for axis, new in enumerate(size, input.dim() - space):
            weights = linear_weights(input.shape[axis], new, input)
            input = (input.movedim(axis, -1) @ weights.t()).movedim(-1, axis)
        return input


class CrossMapLRN(Twin):
    """Local response normalisation across planes; samples need no batch dimension."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        batch = input if input.dim() == 4 else input.unsqueeze(0)
        output = F.local_response_norm(batch, self.size, self.alpha, self.beta, self.k)
        return output if input.dim() == 4 else output.squeeze(0)


class FeatureLPPool(Twin):
    """Lp pooling over windows of `width` planes, `stride` apart; its gradient is 0 where the output is 0."""

    def __init__(self, width: int, stride: int, power: float, dim: int = 1) -> None:
        super().__init__()
        self.width, self.stride, self.power, self.dim = width, stride, power, dim

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        sums = input.unfold(self.dim, self.width, self.stride).pow(self.power).sum(-1)
        zero = sums == 0
        return torch.where(zero, 1.0, sums).pow(1 / self.power) * ~zero


def local_mean(input: torch.Tensor, kernels: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Weighted mean over planes and neighbourhood, one value for all planes; near the border over what is inside."""
    planes = torch.ones_like(input[:1])
    both = torch.cat([input, planes])
    for kernel in kernels:
        last = kernel is kernels[-1]
        weight = kernel.expand(1 if last else both.shape[1], both.shape[1] if last else 1, *kernel.shape)
        padding = (kernel.shape[0] // 2, kernel.shape[1] // 2)
        both = F.conv2d(both, weight, padding=padding, groups=1 if last else both.shape[1])
    return both[:-1] / both[-1:]


class SubtractiveNormalization(Twin):
    """Subtracts the local mean, weighted by one 2-D or two 1-D kernels (which sum to 1 over all planes)."""

    def __init__(self, *sizes: tuple[int, int]) -> None:
        super().__init__()
        for position, size in enumerate(sizes):
            self.register_buffer(f"kernel{position}", torch.empty(size))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        batch = input if input.dim() == 4 else input.unsqueeze(0)
        output = batch - local_mean(batch, tuple(self.buffers()))
        return output if input.dim() == 4 else output.squeeze(0)


class DivisiveNormalization(Twin):
    """Divides by the local standard deviation (of zero-mean input); values up to `threshold` count as `value`."""

    def __init__(self, *sizes: tuple[int, int], threshold: float = 1e-4, value: float = 1e-4) -> None:
        super().__init__()
        self.threshold, self.value = threshold, value
        for position, size in enumerate(sizes):
            self.register_buffer(f"kernel{position}", torch.empty(size))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        batch = input if input.dim() == 4 else input.unsqueeze(0)
        deviation = local_deviation(batch, tuple(self.buffers()))
        output = batch / F.threshold(deviation, self.threshold, self.value)
        return output if input.dim() == 4 else output.squeeze(0)


def local_deviation(input: torch.Tensor, kernels: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Root of the weighted sum of squares over planes and neighbourhood, relative to the weights that are inside."""
    sums, weights = input.square(), torch.ones_like(input[:1])
    for kernel in kernels:
        last = kernel is kernels[-1]
        weight = kernel.expand(1 if last else sums.shape[1], sums.shape[1] if last else 1, *kernel.shape)
        padding = (kernel.shape[0] // 2, kernel.shape[1] // 2)
        groups = 1 if last else sums.shape[1]
        sums, weights = (F.conv2d(value, weight, padding=padding, groups=groups) for value in (sums, weights))
    return sums.sqrt() / weights


class TemporalConvolution(Twin):
    """Convolution over time of (batch) x time x features."""

    def __init__(self, in_features: int, out_features: int, kernel_size: int, stride: int = 1) -> None:
        super().__init__()
        self.stride = stride
        self.weight = nn.Parameter(torch.empty(out_features, in_features, kernel_size))
        self.bias = nn.Parameter(torch.empty(out_features))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return F.conv1d(input.mT, self.weight, self.bias, self.stride).mT


class TemporalRowConvolution(Twin):
    """Convolution over time, each feature by itself; of time x features, or features x time if feature_first."""

    def __init__(
        self, features: int, kernel_size: int, stride: int = 1, bias: bool = True, feature_first: bool = False
    ) -> None:
        super().__init__()
        self.stride, self.feature_first = stride, feature_first
        self.weight = nn.Parameter(torch.empty(features, 1, kernel_size))
        self.bias = nn.Parameter(torch.empty(features)) if bias else None

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        rows = input if self.feature_first else input.mT
        output = F.conv1d(rows, self.weight, self.bias, self.stride, groups=self.weight.shape[0])
        return output if self.feature_first else output.mT


class TemporalMaxPooling(Twin):
    """Maximum over windows of time, of (batch) x time x features."""

    def __init__(self, kernel_size: int, stride: int) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return F.max_pool1d(input.mT, self.kernel_size, self.stride).mT


class TemporalSubSampling(Twin):
    """Sum over windows of time, times a weight plus a bias for each feature."""

    def __init__(self, features: int, kernel_size: int, stride: int = 1) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride
        self.weight = nn.Parameter(torch.empty(features))
        self.bias = nn.Parameter(torch.empty(features))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.unfold(-2, self.kernel_size, self.stride).sum(-1) * self.weight + self.bias


class TemporalDynamicKMaxPooling(Twin):
    """The k largest values of each feature over time, in their order; k grows with the length."""

    def __init__(self, min_k: int, factor: float = 0.0) -> None:
        super().__init__()
        self.min_k, self.factor = min_k, factor

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        count = max(self.min_k, math.ceil(self.factor * input.shape[-2]))
        places = input.topk(count, dim=-2).indices.sort(dim=-2).values
        return input.gather(-2, places)
