"""Functions of the fbcunn modules that users call directly: Fourier convolution and batched transforms."""

from __future__ import annotations

import torch
from torch import Tensor

from pytorch_fbcunn_compat.ops import feature_lp_pool
from pytorch_fbcunn_compat.ops.conv import ALIASES, PRECISIONS, STRATEGIES, convolve

__all__ = [
    "conv1d_fft",
    "conv2d_fft",
    "feature_lp_pool",
    "fft1_batched",
    "fft2_batched",
    "ifft1_batched",
    "ifft2_batched",
]


def conv2d_fft(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    padding: int | tuple[int, int] | str = 0,
    groups: int = 1,
    *,
    strategy: str = "auto",
    precision: str = "fp32",
    memory_limit: int | None = None,
    relu: bool = False,
) -> Tensor:
    """Two-dimensional convolution of stride 1, in the frequency domain where that is fastest.

    Args:
        input: ``[N, C, H, W]`` or ``[C, H, W]``; float64, float32, float16 or bfloat16 (the last two computed in
            float32), any memory layout.
        weight: ``[F, C/groups, kH, kW]``, dtype and device of ``input``.
        bias: ``[F]`` or None.
        padding: zeros on each side, ``"valid"``, or ``"same"`` for odd kernels.
        groups: as in `torch.nn.functional.conv2d`.
        strategy: ``"auto"`` times the candidates once for each problem size and remembers the fastest (see
            ``FBCUNN_TUNE_CACHE``), or one of ``"cudnn"`` (ATen's own convolution, called ``"direct"`` too), ``"gemm"``,
            ``"fft"``, ``"fbfft"``, ``"fbfft_tiled"``, ``"cufft"``.
        precision: ``"fp32"`` keeps float32 accuracy; ``"tf32"`` rounds operands of products to eleven significant bits,
            as TF32 does.
        memory_limit: bytes of workspace; None allows 1 GiB or a quarter of the free memory, whichever is more.
        relu: apply ReLU to the result.

    Returns:
        ``[N, F, H + 2·padH − kH + 1, W + 2·padW − kW + 1]``; contiguous, or channels_last where the input is and cuDNN
        computed it.

    Raises:
        ValueError: unknown strategy or precision, or one that cannot compute this problem.
        RuntimeError: shapes, dtypes or devices that do not agree.

    A transform spreads rounding errors, infinities and NaN over its whole tile: an infinite input makes a
    neighbourhood, not just the outputs it touches, NaN.

    Source: Vasilache et al., Fast Convolutional Nets With fbfft, arXiv:1412.7580.
    """
    _check_choices(strategy, precision)
    if input.dim() == 3:
        return conv2d_fft(
            input.unsqueeze(0),
            weight,
            bias,
            padding,
            groups,
            strategy=strategy,
            precision=precision,
            memory_limit=memory_limit,
            relu=relu,
        ).squeeze(0)
    input, weight, bias = _autocast(input, weight, bias)
    _check_shapes(input, weight, bias, groups, 4)
    pads = _padding(padding, weight.shape[2:])
    limit = -1 if memory_limit is None else memory_limit
    return convolve(input, weight, bias, pads, groups, strategy, precision, limit, relu)


def conv1d_fft(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    padding: int | tuple[int] | str = 0,
    groups: int = 1,
    *,
    strategy: str = "auto",
    precision: str = "fp32",
    memory_limit: int | None = None,
    relu: bool = False,
) -> Tensor:
    """One-dimensional convolution of stride 1: ``input`` ``[N, C, L]`` or ``[C, L]``, ``weight`` ``[F, C/groups, k]``.

    Everything else as `conv2d_fft`; the tile strategies ``"fbfft"`` and ``"fbfft_tiled"`` exist for images only.
    """
    _check_choices(strategy, precision)
    if input.dim() == 2:
        return conv1d_fft(
            input.unsqueeze(0),
            weight,
            bias,
            padding,
            groups,
            strategy=strategy,
            precision=precision,
            memory_limit=memory_limit,
            relu=relu,
        ).squeeze(0)
    input, weight, bias = _autocast(input, weight, bias)
    _check_shapes(input, weight, bias, groups, 3)
    pads = _padding(padding, weight.shape[2:])
    limit = -1 if memory_limit is None else memory_limit
    image, kernel = input.unsqueeze(2), weight.unsqueeze(2)
    return convolve(image, kernel, bias, (0, pads[0]), groups, strategy, precision, limit, relu).squeeze(2)


def fft1_batched(input: Tensor, size: int | None = None) -> Tensor:
    """Half spectra of the last dimension, unnormalised: real ``[…, L]`` to complex ``[…, size/2 + 1]``.

    ``size`` larger than L pads with zeros. Source: fbcunn, ``nn.FFTWrapper``.
    """
    return torch.fft.rfft(input, n=size)


def ifft1_batched(spectrum: Tensor, size: int) -> Tensor:
    """Unnormalised inverse of `fft1_batched`: the round trip multiplies by ``size``."""
    return torch.fft.irfft(spectrum, n=size, norm="forward")


def fft2_batched(input: Tensor, size: tuple[int, int] | None = None) -> Tensor:
    """Half spectra of the last two dimensions, unnormalised: real ``[…, H, W]`` to complex ``[…, H', W'/2 + 1]``.

    ``size`` ``(H', W')`` larger than ``(H, W)`` pads with zeros. Source: fbcunn, ``nn.FFTWrapper``.
    """
    return torch.fft.rfft2(input, s=size)


def ifft2_batched(spectrum: Tensor, size: tuple[int, int]) -> Tensor:
    """Unnormalised inverse of `fft2_batched`: the round trip multiplies by H'·W'."""
    return torch.fft.irfft2(spectrum, s=size, norm="forward")


def _check_choices(strategy: str, precision: str) -> None:
    if strategy != "auto" and strategy not in STRATEGIES and strategy not in ALIASES:
        raise ValueError(
            f"unknown strategy {strategy!r}: expected 'auto', {', '.join(map(repr, (*ALIASES, *STRATEGIES)))}"
        )
    if precision not in PRECISIONS:
        raise ValueError(f"unknown precision {precision!r}: expected {' or '.join(map(repr, PRECISIONS))}")


def _autocast(*tensors: Tensor | None) -> tuple[Tensor | None, ...]:
    # As torch's convolutions do inside torch.autocast; sums stay in float32.
    device = tensors[0].device.type
    if not torch.is_autocast_enabled(device):
        return tensors
    dtype = torch.get_autocast_dtype(device)
    eligible = (torch.float32, torch.float16, torch.bfloat16)
    return tuple(t.to(dtype) if t is not None and t.dtype in eligible else t for t in tensors)


def _check_shapes(input: Tensor, weight: Tensor, bias: Tensor | None, groups: int, rank: int) -> None:
    name = f"conv{rank - 2}d_fft"
    if input.dim() != rank or weight.dim() != rank:
        raise RuntimeError(
            f"{name}: expected {rank}-dimensional input and weight, got {tuple(input.shape)} and {tuple(weight.shape)}"
        )
    if input.shape[1] != groups * weight.shape[1] or weight.shape[0] % groups:
        raise RuntimeError(
            f"{name}: input {tuple(input.shape)} and weight {tuple(weight.shape)} do not agree for {groups} group(s)"
        )
    if not input.is_floating_point():
        raise RuntimeError(f"{name}: expected a floating-point input, got {input.dtype}")
    if input.dtype != weight.dtype or input.device != weight.device:
        raise RuntimeError(
            f"{name}: input is {input.dtype} on {input.device}, weight {weight.dtype} on {weight.device}"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise RuntimeError(f"{name}: expected a bias of shape ({weight.shape[0]},), got {tuple(bias.shape)}")


def _padding(padding: int | tuple[int, ...] | str, kernel: torch.Size) -> tuple[int, ...]:
    if padding == "valid":
        return (0,) * len(kernel)
    if padding == "same":
        if any(k % 2 == 0 for k in kernel):
            raise ValueError(f"padding='same' needs odd kernel sizes, got {tuple(kernel)}; pad the input instead")
        return tuple(k // 2 for k in kernel)
    if isinstance(padding, int):
        return (padding,) * len(kernel)
    if isinstance(padding, str) or len(padding) != len(kernel):
        raise ValueError(f"padding must be 'valid', 'same', a number or {len(kernel)} numbers, got {padding!r}")
    return tuple(padding)
