"""Drop-in convolutions that use the frequency domain where it is fastest."""

from __future__ import annotations

import logging

from torch import Tensor, nn

from pytorch_fbcunn_compat.functional import conv1d_fft, conv2d_fft

logger = logging.getLogger("pytorch_fbcunn_compat.nn")


class _FourierOptions:
    """What `Conv1dFFT` and `Conv2dFFT` add to the torch.nn modules."""

    def _set_options(self, strategy: str, precision: str, memory_limit: int | None) -> None:
        self.strategy = strategy
        self.precision = precision
        self.memory_limit = memory_limit
        self._said = False

    def _is_eligible(self) -> bool:
        """Whether a transform can compute this module; strided and dilated ones go to cuDNN."""
        eligible = all(s == 1 for s in self.stride) and all(d == 1 for d in self.dilation)
        eligible = eligible and self.padding_mode == "zeros"
        eligible = eligible and (self.padding != "same" or all(k % 2 for k in self.kernel_size))
        if not eligible and not self._said:
            self._said = True
            logger.debug("%s: stride, dilation or padding has no Fourier method; cuDNN computes it", self)
        return eligible

    def extra_repr(self) -> str:
        options = f"strategy={self.strategy!r}, precision={self.precision!r}"
        return f"{super().extra_repr()}, {options}"


class Conv2dFFT(_FourierOptions, nn.Conv2d):
    """`torch.nn.Conv2d` whose passes are computed in the frequency domain where that is fastest.

    Same arguments, parameters and state_dict, plus:

    Args:
        strategy: ``"auto"`` or a strategy of `functional.conv2d_fft`.
        precision: ``"fp32"`` or ``"tf32"``.
        memory_limit: bytes of workspace of one call; None: 1 GiB or a quarter of the free memory.

    Shape:
        ``[N, C, H, W]`` to ``[N, F, H', W']``; float64, float32, float16 or bfloat16.

    Strided, dilated and non-zero-padded modules are computed by cuDNN, said once at debug level.

    Source: fbcunn, ``nn.SpatialConvolutionCuFFT`` and ``fbnn.SpatialConvolution``; arXiv:1412.7580.
    """

    def __init__(
        self,
        *args,
        strategy: str = "auto",
        precision: str = "fp32",
        memory_limit: int | None = None,
        **kwargs,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._set_options(strategy, precision, memory_limit)

    def forward(self, input: Tensor) -> Tensor:
        if not self._is_eligible():
            return super().forward(input)
        return conv2d_fft(
            input,
            self.weight,
            self.bias,
            self.padding,
            self.groups,
            strategy=self.strategy,
            precision=self.precision,
            memory_limit=self.memory_limit,
        )


class Conv1dFFT(_FourierOptions, nn.Conv1d):
    """`torch.nn.Conv1d` in the frequency domain where that is fastest; options as `Conv2dFFT`.

    Shape:
        ``[N, C, L]`` to ``[N, F, L']``.
    """

    def __init__(
        self,
        *args,
        strategy: str = "auto",
        precision: str = "fp32",
        memory_limit: int | None = None,
        **kwargs,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._set_options(strategy, precision, memory_limit)

    def forward(self, input: Tensor) -> Tensor:
        if not self._is_eligible():
            return super().forward(input)
        return conv1d_fft(
            input,
            self.weight,
            self.bias,
            self.padding,
            self.groups,
            strategy=self.strategy,
            precision=self.precision,
            memory_limit=self.memory_limit,
        )


def convert(
    model: nn.Module,
    *,
    strategy: str = "auto",
    precision: str = "fp32",
    memory_limit: int | None = None,
) -> nn.Module:
    """Replaces, in place, every eligible `Conv1d` and `Conv2d` of a model by its Fourier counterpart.

    Eligible are modules of exactly those classes with stride 1, dilation 1 and zero padding. Parameters are shared, not
    copied: optimizers and state_dicts stay valid. Hooks move along.

    Returns:
        ``model``, or its replacement when ``model`` itself is such a convolution.
    """
    return _converted(model, {}, strategy, precision, memory_limit)


def _converted(module: nn.Module, seen: dict[int, nn.Module], *options) -> nn.Module:
    if id(module) in seen:
        return seen[id(module)]
    seen[id(module)] = module
    if type(module) in (nn.Conv1d, nn.Conv2d):
        seen[id(module)] = _fourier_twin(module, *options)
        return seen[id(module)]
    for name, child in module._modules.items():
        if child is not None:
            module._modules[name] = _converted(child, seen, *options)
    return module


def _fourier_twin(module: nn.Conv1d | nn.Conv2d, strategy: str, precision: str, memory_limit: int | None) -> nn.Module:
    cls = Conv2dFFT if isinstance(module, nn.Conv2d) else Conv1dFFT
    twin = cls.__new__(cls)
    twin.__dict__ = module.__dict__.copy()
    twin._set_options(strategy, precision, memory_limit)
    return twin if twin._is_eligible() else module
