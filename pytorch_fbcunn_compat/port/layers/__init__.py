"""The layer table: one entry for each Torch class. Importing this package fills `spec.TABLE`."""

from . import (
    aliases,
    containers,
    convolution,
    criterions,
    graph,
    linear,
    masking,
    normalization,
    pointwise,
    pooling,
    recurrent,
    rnn,
    shape,
    tables,
    temporal,
)

__all__ = [
    "aliases",
    "containers",
    "convolution",
    "criterions",
    "graph",
    "linear",
    "masking",
    "normalization",
    "pointwise",
    "pooling",
    "recurrent",
    "rnn",
    "shape",
    "tables",
    "temporal",
]
