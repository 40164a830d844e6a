"""Rows of the layers that rearrange, select and reduce, and of those that work on tables."""

from __future__ import annotations

import torch

from . import Row

X234 = "torch.randn(2, 3, 4)"
PAIR = "{torch.randn(2, 3), torch.randn(2, 3)}"
THREE = "{torch.randn(2, 3), torch.randn(2, 3), torch.randn(2, 3)}"
NESTED = "{torch.randn(2, 3), {torch.randn(2, 3), torch.randn(2, 2)}}"


def mixture(m, x):
    gater, experts = x
    return sum(gater[:, i, None] * expert for i, expert in enumerate(experts))


SHAPE = [
    Row("View", "nn.View(12):setNumInputDims(2)", X234, lambda m, x: x.view(2, 12), strided=False),
    Row("View", "nn.View(-1, 6):setNumInputDims(2)", X234, lambda m, x: x.view(2, 2, 6), strided=False),
    Row("Reshape", "nn.Reshape(4, 3)", X234, lambda m, x: x.reshape(2, 4, 3)),
    Row("Reshape", "nn.Reshape(12, true)", X234, lambda m, x: x.reshape(2, 12), singles=False),
    Row("Contiguous", "nn.Contiguous()", X234, lambda m, x: x),
    Row("Collapse", "nn.Collapse(2)", X234, lambda m, x: x.flatten(1)),
    Row("Select", "nn.Select(2, -1)", X234, lambda m, x: x[:, -1], singles=False),
    Row("Select", "nn.Select(-1, 2)", X234, lambda m, x: x[..., 1]),
    Row("Narrow", "nn.Narrow(-1, 2, 2)", X234, lambda m, x: x[..., 1:3]),
    Row("Narrow", "nn.Narrow(2, 2, -1)", X234, lambda m, x: x[:, 1:], singles=False),
    Row(
        "Index",
        "nn.Index(2)",
        "{torch.randn(2, 3), torch.LongTensor{3, 1, 3}}",
        lambda m, x: x[0][:, x[1] - 1],
        singles=False,
    ),
    Row(
        "MaskedSelect",
        "nn.MaskedSelect()",
        "{torch.randn(2, 3), torch.ByteTensor{{1, 0, 1}, {0, 0, 1}}}",
        lambda m, x: x[0][x[1].bool()],
        singles=False,
    ),
    Row("Replicate", "nn.Replicate(5, 1, 2)", X234, lambda m, x: x[:, None].expand(2, 5, 3, 4)),
    Row("Replicate", "nn.Replicate(5)", X234, lambda m, x: x[None].expand(5, 2, 3, 4), singles=False),
    Row("Transpose", "nn.Transpose({1, 2}):setNumInputDims(2)", X234, lambda m, x: x.transpose(1, 2)),
    Row("Transpose", "nn.Transpose({1, 2}, {2, 3})", X234, lambda m, x: x.permute(1, 2, 0), singles=False),
    Row("Squeeze", "nn.Squeeze()", "torch.randn(2, 1, 3, 1)", lambda m, x: x.squeeze()),
    Row("Squeeze", "nn.Squeeze(1, 3)", "torch.randn(2, 1, 3, 1)", lambda m, x: x.squeeze(1)),
    Row("Unsqueeze", "nn.Unsqueeze(1, 2)", X234, lambda m, x: x[:, None]),
    Row("Padding", "nn.Padding(1, 2, 2, 7)", X234, lambda m, x: torch.cat([x, x.new_full((2, 2, 4), 7)], 1)),
    Row("Padding", "nn.Padding(2, -1, 2)", X234, lambda m, x: torch.cat([x.new_zeros(2, 3, 1), x], 2)),
    Row("Max", "nn.Max(1, 2)", X234, lambda m, x: x.max(1)[0]),
    Row("Min", "nn.Min(-1)", X234, lambda m, x: x.min(2)[0]),
    Row("Mean", "nn.Mean(1, 2)", X234, lambda m, x: x.mean(1)),
    Row("Sum", "nn.Sum(2, 2)", X234, lambda m, x: x.sum(2)),
    Row("Sum", "nn.Sum(1, 2, true, false)", X234, lambda m, x: x.mean(1, keepdim=True)),
    Row(
        "Convert",
        "nn.Convert('bchw', 'bhwc')",
        "torch.randn(2, 3, 4, 5)",
        lambda m, x: x.permute(0, 2, 3, 1),
        singles=False,  # the layers it makes at its first input are those of batches
    ),
    Row("Convert", "nn.Convert('bchw', 'bf')", "torch.randn(2, 3, 4, 5)", lambda m, x: x.flatten(1), singles=False),
    Row("Copy", "nn.Copy('torch.DoubleTensor', 'torch.DoubleTensor', true)", X234, lambda m, x: x),
    Row("PixelShuffle", "nn.PixelShuffle(2)", "torch.randn(2, 8, 3, 2)", lambda m, x: torch.pixel_shuffle(x, 2)),
]

TABLE = [
    Row("SplitTable", "nn.SplitTable(1, 2)", X234, lambda m, x: list(x.unbind(1))),
    Row("SplitTable", "nn.SplitTable(-1)", X234, lambda m, x: list(x.unbind(2))),
    Row("JoinTable", "nn.JoinTable(1, 1)", "{torch.randn(2, 3), torch.randn(2, 2)}", lambda m, x: torch.cat(x, 1)),
    Row(
        "JoinTable",
        "nn.JoinTable(1)",
        "{torch.randn(2, 3), torch.randn(1, 3)}",
        lambda m, x: torch.cat(x),
        singles=False,
    ),
    Row("SelectTable", "nn.SelectTable(-1)", PAIR, lambda m, x: x[1]),
    Row("NarrowTable", "nn.NarrowTable(2, 2)", THREE, lambda m, x: x[1:]),
    Row("NarrowTable", "nn.NarrowTable(1, -2)", THREE, lambda m, x: x[:2]),
    Row("FlattenTable", "nn.FlattenTable()", NESTED, lambda m, x: [x[0], *x[1]]),
    Row("MixtureTable", "nn.MixtureTable()", "{torch.rand(2, 2), {torch.randn(2, 3), torch.randn(2, 3)}}", mixture),
    Row(
        "MixtureTable",
        "nn.MixtureTable(2)",
        "{torch.rand(2, 4), torch.randn(2, 4, 3)}",
        lambda m, x: (x[0][:, :, None] * x[1]).sum(1),
        singles=False,
    ),
    Row("CAddTable", "nn.CAddTable()", THREE, lambda m, x: x[0] + x[1] + x[2]),
    Row("CSubTable", "nn.CSubTable()", PAIR, lambda m, x: x[0] - x[1]),
    Row("CMulTable", "nn.CMulTable()", PAIR, lambda m, x: x[0] * x[1]),
    Row("CMulTable", "nn.CMulTable()", THREE, lambda m, x: x[0] * x[1] * x[2]),
    Row("CDivTable", "nn.CDivTable()", "{torch.randn(2, 3), torch.rand(2, 3):add(0.5)}", lambda m, x: x[0] / x[1]),
    Row("CMaxTable", "nn.CMaxTable()", THREE, lambda m, x: torch.stack(x).amax(0)),
    Row("CMinTable", "nn.CMinTable()", THREE, lambda m, x: torch.stack(x).amin(0)),
    Row(
        "CAddTensorTable",
        "nn.CAddTensorTable()",
        "{torch.randn(2, 3), {torch.randn(2, 3), torch.randn(2, 3)}}",
        lambda m, x: [x[0] + y for y in x[1]],
    ),
    Row(
        "ZipTable",
        "nn.ZipTable()",
        "{{torch.randn(2, 3), torch.randn(2, 2)}, {torch.randn(2, 1), torch.randn(2, 4)}}",
        lambda m, x: [[x[0][0], x[1][0]], [x[0][1], x[1][1]]],
    ),
    Row(
        "ZipTableOneToMany",
        "nn.ZipTableOneToMany()",
        NESTED,
        lambda m, x: [[x[0], x[1][0]], [x[0], x[1][1]]],
    ),
]

ROWS = SHAPE + TABLE
