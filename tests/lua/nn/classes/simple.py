"""Rows of the layers with weights but no windows, and of dropout and its kin."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from . import Row, Script

PAIR = "{torch.randn(3, 4), torch.randn(3, 4)}"


def weight_norm(m, x):
    v = m.v
    return F.linear(x, m.g.view(-1, 1) * v / v.norm(dim=1, keepdim=True), m.bias)


def bilinear(m, x):
    return F.bilinear(x[0], x[1], m.weight, m.bias)


def euclidean(m, x):
    return (x[:, :, None] - m.weight[None]).norm(dim=1)


def weighted_euclidean(m, x):
    return ((x[:, :, None] - m.weight[None]) * m.diagCov[None]).norm(dim=1)


def layer_normalization(m, x):
    """As in Torch7: the means are laid out sample by sample where they should be feature by feature."""
    count, size = x.shape
    centred = x - x.mean(1).expand(size, count).reshape(count, size)
    return centred / centred.norm(dim=1, keepdim=True) * size**0.5


ROWS = [
    Row("Linear", "nn.Linear(4, 3)", "torch.randn(2, 4)", lambda m, x: F.linear(x, m.weight, m.bias)),
    Row("Linear", "nn.Linear(4, 3, false)", "torch.randn(2, 4)", lambda m, x: F.linear(x, m.weight)),
    Row("LinearWeightNorm", "nn.LinearWeightNorm(4, 3)", "torch.randn(2, 4)", weight_norm),
    Row("Bilinear", "nn.Bilinear(4, 5, 2)", "{torch.randn(3, 4), torch.randn(3, 5)}", bilinear, singles=False),
    Row("PartialLinear", "nn.PartialLinear(4, 3)", "torch.randn(2, 4)", None, singles=False),
    # a sample is a matrix of columns and values, whose columns have no derivative
    Row(
        "SparseLinear",
        "nn.SparseLinear(5, 3)",
        "{torch.Tensor{{1, 0.5}, {4, -1}}, torch.Tensor{{2, 2}}}",
        lambda m, x: torch.stack([m.weight[:, s[:, 0].long() - 1] @ s[:, 1] for s in x]) + m.bias,
        singles=False,
        gradient=False,
    ),
    Row(
        "IndexLinear",
        "nn.IndexLinear(5, 3, false, 0, torch.randn(5, 3), torch.randn(3))",
        "{{torch.LongTensor{1, 4}, torch.LongTensor{2}}, {torch.Tensor{0.5, -1}, torch.Tensor{2}}}",
        lambda m, x: torch.stack([v @ m.weight[k - 1] for k, v in zip(*x, strict=True)]) + m.bias,
        singles=False,
        gradient=False,
        parameters=False,
    ),
    Row(
        "LookupTable",
        "nn.LookupTable(5, 3)",
        "torch.LongTensor{{1, 2}, {5, 1}}",
        lambda m, x: F.embedding(x - 1, m.weight),
        gradient=False,
    ),
    Row("Add", "nn.Add(4)", "torch.randn(3, 4)", lambda m, x: x + m.bias),
    Row("Add", "nn.Add(1, true)", "torch.randn(3, 4)", lambda m, x: x + m.bias),
    Row("CAdd", "nn.CAdd(4, 2)", "torch.randn(3, 4, 2)", lambda m, x: x + m.bias),
    Row("CAdd", "nn.CAdd(1, 4, 1)", "torch.randn(3, 4, 2)", lambda m, x: x + m.bias, singles=False),
    Row("Mul", "nn.Mul()", "torch.randn(3, 4)", lambda m, x: x * m.weight),
    Row("CMul", "nn.CMul(4, 2)", "torch.randn(3, 4, 2)", lambda m, x: x * m.weight),
    Row("CMul", "nn.CMul(1, 4, 1)", "torch.randn(3, 4, 2)", lambda m, x: x * m.weight, singles=False),
    Row("Euclidean", "nn.Euclidean(4, 3)", "torch.randn(2, 4)", euclidean),
    Row("WeightedEuclidean", "nn.WeightedEuclidean(4, 3)", "torch.randn(2, 4)", weighted_euclidean),
    Row(
        "Cosine",
        "nn.Cosine(4, 3)",
        "torch.randn(2, 4)",
        lambda m, x: F.cosine_similarity(x[:, None], m.weight[None], dim=2),
    ),
    # the number of the nearest centre has no derivative
    Row(
        "Kmeans",
        "nn.Kmeans(3, 2)",
        "torch.randn(6, 2)",
        lambda m, x: torch.cdist(x, m.weight).argmin(1).double() + 1,
        singles=False,
        gradient=False,
        parameters=False,
        strided=False,
    ),
    Row("Maxout", "nn.Maxout(4, 3, 2)", "torch.randn(2, 4)", None),
    Row("Constant", "nn.Constant(torch.Tensor{1, 2}, 1)", "torch.randn(3, 4)", lambda m, x: m.value.expand(3, 2)),
    Row("AddConstant", "nn.AddConstant(1.5)", "torch.randn(3, 4)", lambda m, x: x + 1.5),
    Row(
        "AddConstant",
        "nn.AddConstant(torch.Tensor{1, 2, 3, 4})",
        "torch.randn(3, 4)",
        lambda m, x: x + m.constant_scalar,
    ),
    Row("MulConstant", "nn.MulConstant(1.5)", "torch.randn(3, 4)", lambda m, x: x * 1.5),
    Row("MM", "nn.MM()", "{torch.randn(2, 3, 4), torch.randn(2, 4, 5)}", lambda m, x: x[0] @ x[1]),
    Row("MM", "nn.MM(true, true)", "{torch.randn(2, 4, 3), torch.randn(2, 5, 4)}", lambda m, x: x[0].mT @ x[1].mT),
    Row("MV", "nn.MV()", "{torch.randn(2, 3, 4), torch.randn(2, 4)}", lambda m, x: (x[0] @ x[1][:, :, None])[..., 0]),
    Row(
        "MV",
        "nn.MV(true)",
        "{torch.randn(2, 4, 3), torch.randn(2, 4)}",
        lambda m, x: (x[0].mT @ x[1][:, :, None])[..., 0],
    ),
    Row("DotProduct", "nn.DotProduct()", PAIR, lambda m, x: (x[0] * x[1]).sum(1)),
    Row("PairwiseDistance", "nn.PairwiseDistance(2)", PAIR, lambda m, x: (x[0] - x[1]).norm(dim=1)),
    Row("PairwiseDistance", "nn.PairwiseDistance(1)", PAIR, lambda m, x: (x[0] - x[1]).norm(1, dim=1)),
    Row("CosineDistance", "nn.CosineDistance()", PAIR, lambda m, x: F.cosine_similarity(x[0], x[1])),
    Row("Dropout", "nn.Dropout(0.4)", "torch.randn(3, 4)", lambda m, x: x * m.noise, draws=True),
    Row("SpatialDropout", "nn.SpatialDropout(0.4)", "torch.randn(2, 3, 2, 2)", lambda m, x: x * m.noise, draws=True),
    Row(
        "VolumetricDropout",
        "nn.VolumetricDropout(0.4)",
        "torch.randn(2, 3, 2, 2, 2)",
        lambda m, x: x * m.noise,
        draws=True,
    ),
    Row("WhiteNoise", "nn.WhiteNoise(0.5, 2)", "torch.randn(3, 4)", lambda m, x: x + m.noise, draws=True),
    # the gradient is not that of the output on purpose
    Row("L1Penalty", "nn.L1Penalty(0.1)", "torch.randn(3, 4)", lambda m, x: x, gradient=False, typed=False),
    Row("GradientReversal", "nn.GradientReversal(0.5)", "torch.randn(3, 4)", lambda m, x: x, gradient=False),
    Row("ZeroGrad", "nn.ZeroGrad()", "torch.randn(3, 4)", lambda m, x: x, gradient=False),
    Row("Normalize", "nn.Normalize(2)", "torch.randn(3, 4)", lambda m, x: F.normalize(x)),
    Row("Normalize", "nn.Normalize(3)", "torch.randn(3, 4)", lambda m, x: F.normalize(x, 3)),
    Row("Normalize", "nn.Normalize(math.huge)", "torch.randn(3, 4)", lambda m, x: F.normalize(x, torch.inf)),
    Row("LayerNormalization", "nn.LayerNormalization(4)", "torch.randn(3, 4)", layer_normalization, singles=False),
    Row(
        "LayerNormalization",
        "nn.LayerNormalization(4, 0.5)",
        "torch.randn(4)",
        lambda m, x: F.layer_norm(x, x.shape, eps=0) + 0.5,
        singles=False,
    ),
    Row("Identity", "nn.Identity()", "torch.randn(3, 4)", lambda m, x: x),
    Row(
        "OneHot",
        "nn.OneHot(5)",
        "torch.LongTensor{{1, 5}, {2, 2}}",
        lambda m, x: F.one_hot(x - 1, 5).double(),
        gradient=False,
    ),
]

SCRIPTS = [
    Script(
        "PrintSize",
        """
        local said = {}
        local original = print
        print = function(text) said[#said + 1] = text end
        local m = nn.PrintSize('here')
        local x = torch.randn(2, 3)
        local same = m:forward(x) == x and m:backward(x, x) == x
        print = original
        assert(same)
        assert(said[1]:find('here:input\\n 2\\n 3') and said[2]:find('here:gradOutput'))
        """,
    ),
    Script(
        "SparseLinear",
        """
        -- against a Linear over the same numbers, and only the columns in use change
        local m, dense = nn.SparseLinear(5, 3, true), nn.Linear(5, 3)
        dense.weight:copy(m.weight); dense.bias:copy(m.bias)
        local x = torch.Tensor{{1, 0.5}, {4, -1}}
        local full = torch.Tensor{0.5, 0, 0, -1, 0}
        assert(torch.dist(m:forward(x), dense:forward(full)) < 1e-12)
        local g = torch.randn(3)
        m:zeroGradParameters(); dense:zeroGradParameters()
        local gi = m:backward(x, g)
        assert(torch.dist(gi[1]:select(2, 2), dense:backward(full, g)) < 1e-12)
        m:updateParameters(0.1); dense:updateParameters(0.1)
        assert(torch.dist(m.weight, dense.weight) < 1e-12 and torch.dist(m.bias, dense.bias) < 1e-12)
        """,
    ),
    Script(
        "IndexLinear",
        """
        local weight = torch.randn(5, 3)
        local m, dense = nn.IndexLinear(5, 3, true, 0, weight:clone(), torch.randn(3)), nn.Linear(5, 3)
        dense.weight:copy(weight:t()); dense.bias:copy(m.bias)
        local keys, values = torch.LongTensor{1, 4}, torch.Tensor{0.5, -1}
        local full, g = torch.Tensor{0.5, 0, 0, -1, 0}, torch.randn(3)
        assert(torch.dist(m:forward{keys, values}, dense:forward(full)) < 1e-12)
        m:zeroGradParameters(); dense:zeroGradParameters()
        assert(torch.dist(m:backward({keys, values}, g)[2], dense:backward(full, g)) < 1e-12)
        m:updateParameters(0.1); dense:updateParameters(0.1)
        assert(torch.dist(m.weight, dense.weight:t()) < 1e-12 and torch.dist(m.bias, dense.bias) < 1e-12)
        """,
    ),
    Script(
        "PartialLinear",
        """
        local m = nn.PartialLinear(4, 3)
        local weight, bias = unpack((m:parameters()))
        local x = torch.randn(2, 4)
        local full = (x * weight:t()):add(bias:expand(2, 3))
        assert(torch.dist(m:forward(x), full) < 1e-12)
        m:setPartition(torch.Tensor{3, 1})
        assert(torch.dist(m:forward(x), full:index(2, torch.LongTensor{3, 1})) < 1e-12)
        m:resetPartition()
        assert(m:forward(x):size(2) == 3)
        """,
    ),
    Script(
        "Kmeans",
        """
        torch.manualSeed(1)
        local far = torch.cat(torch.randn(20, 2):add(10), torch.randn(20, 2):add(-10), 1)
        local m = nn.Kmeans(2, 2)
        m:initKmeansPlus(far)
        for _ = 1, 30 do
          m:zeroGradParameters(); m:forward(far); m:backward(far, m.output); m:updateParameters(0.5)
        end
        local centres = m.weight:sort(1)
        assert(math.abs(centres[1][1] + 10) < 1 and math.abs(centres[2][1] - 10) < 1)
        assert(m:updateGradInput(far):norm() == 0)
        m:initRandom(far)
        assert(m:forward(far):max() <= 2)
        """,
    ),
    Script(
        "Maxout",
        """
        local m = nn.Maxout(4, 3, 2)
        local x = torch.randn(2, 4)
        local parts = m:get(1):forward(x):clone():view(2, 2, 3)
        assert(torch.dist(m:forward(x), parts:max(2):squeeze()) < 1e-12)
        """,
    ),
    Script(
        "L1Penalty",
        """
        local m, x, g = nn.L1Penalty(0.1), torch.Tensor{1, -2}, torch.Tensor{1, 1}
        m:forward(x)
        assert(math.abs(m.loss - 0.3) < 1e-12)
        assert(torch.dist(m:backward(x, g), torch.Tensor{1.1, 0.9}) < 1e-12)
        local alone = nn.L1Penalty(0.1, true, false)
        alone:forward(x)
        assert(torch.dist(alone:backward(x, g), torch.Tensor{0.05, -0.05}) < 1e-12)
        """,
    ),
    Script(
        "GradientReversal",
        """
        local m, x, g = nn.GradientReversal(0.5), torch.randn(3), torch.randn(3)
        m:forward(x)
        assert(torch.dist(m:backward(x, g), g * -0.5) == 0)
        m:setLambda(2)
        assert(torch.dist(m:backward(x, g), g * -2) == 0)
        """,
    ),
    Script(
        "ZeroGrad",
        "local m, x = nn.ZeroGrad(), torch.randn(3); m:forward(x); assert(m:backward(x, x):norm() == 0)",
    ),
]
