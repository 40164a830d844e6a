"""The fbcunn modules as `torch.nn.Module` classes."""

from pytorch_fbcunn_compat.nn.feature_lp_pooling import FeatureLPPooling

__all__ = ["FeatureLPPooling"]
