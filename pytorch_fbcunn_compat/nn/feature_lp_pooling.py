"""FeatureLPPooling as a PyTorch module."""

from __future__ import annotations

from torch import Tensor, nn

from pytorch_fbcunn_compat.ops import feature_lp_pool


class FeatureLPPooling(nn.Module):
    """Lp pooling over adjacent feature maps: f = (Σ xᵖ)^(1/p), without an absolute value.

    Args:
        width: features in a window, 2 to 16.
        stride: features between windows, 1 to 4.
        power: the exponent p.
        batch_mode: whether the features are dimension 1 (``[B][F]…``) or dimension 0 (``[F]…``).

    Shape:
        ``[B][F]``, ``[B][F][d1]``, ``[B][F][d1][d2]`` with ``batch_mode``, else the same without B; any floating
        dtype. F becomes ⌊(F − width) / stride⌋ + 1.

    Raises:
        ValueError: width or stride out of range, or an input of another rank.

    Source: fbcunn, ``nn.FeatureLPPooling``.
    """

    def __init__(self, width: int, stride: int, power: float, batch_mode: bool = True) -> None:
        super().__init__()
        if not 2 <= width <= 16:
            raise ValueError(f"FeatureLPPooling: width must be in [2, 16], got {width}")
        if not 1 <= stride <= 4:
            raise ValueError(f"FeatureLPPooling: stride must be in [1, 4], got {stride}")
        self.width = width
        self.stride = stride
        self.power = power
        self.batch_mode = batch_mode

    def forward(self, input: Tensor) -> Tensor:
        batch_dims = int(self.batch_mode)
        if not batch_dims + 1 <= input.dim() <= batch_dims + 3:
            raise ValueError(
                f"FeatureLPPooling(batch_mode={self.batch_mode}): expected {batch_dims + 1} to {batch_dims + 3} "
                f"dimensions, got an input of shape {tuple(input.shape)}"
            )
        return feature_lp_pool(input, self.width, self.stride, self.power, dim=batch_dims)

    def extra_repr(self) -> str:
        return f"width={self.width}, stride={self.stride}, power={self.power}, batch_mode={self.batch_mode}"
