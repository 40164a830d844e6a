"""The fbcunn modules as `torch.nn.Module` classes."""

from pytorch_fbcunn_compat.nn.conv_fft import Conv1dFFT, Conv2dFFT, convert
from pytorch_fbcunn_compat.nn.feature_lp_pooling import FeatureLPPooling

__all__ = ["Conv1dFFT", "Conv2dFFT", "FeatureLPPooling", "convert"]
