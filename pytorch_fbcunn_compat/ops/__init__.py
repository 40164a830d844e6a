"""Typed wrappers of the `fbcunn::*` operators, each beside a plain-PyTorch reference of the same signature.

Importing this package loads the operator libraries and registers fake kernels and gradients, so that every
operator works in eager mode, under autograd and inside ``torch.compile(fullgraph=True)``.
"""

from pytorch_fbcunn_compat import _native

_native.load_operators()

from pytorch_fbcunn_compat.ops.feature_lp_pool import (  # noqa: E402  (needs the libraries)
    feature_lp_pool,
    feature_lp_pool_reference,
)

__all__ = ["feature_lp_pool", "feature_lp_pool_reference"]
