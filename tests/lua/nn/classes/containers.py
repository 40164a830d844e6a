"""Rows and scripts of the modules made of modules, and of the base classes."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from . import Row, Script


def linear(layer, x):
    return F.linear(x, layer.weight, layer.bias)


TWO = ":add(nn.Linear(4, 3)):add(nn.Linear(4, 2))"
X = "torch.randn(2, 4)"

ROWS = [
    Row(
        "Sequential",
        "nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh())",
        X,
        lambda m, x: linear(m.modules[1], x).tanh(),
    ),
    Row(
        "Concat",
        "nn.Concat(2)" + TWO,
        X,
        lambda m, x: torch.cat([linear(m.modules[1], x), linear(m.modules[2], x)], 1),
        singles=False,
    ),
    Row(
        "DepthConcat",
        "nn.DepthConcat(2):add(nn.SpatialConvolution(1, 2, 1, 1)):add(nn.SpatialConvolution(1, 1, 3, 3))",
        "torch.randn(2, 1, 4, 4)",
        lambda m, x: torch.cat(
            [
                F.conv2d(x, m.modules[1].weight, m.modules[1].bias),
                F.pad(F.conv2d(x, m.modules[2].weight, m.modules[2].bias), (1, 1, 1, 1)),
            ],
            1,
        ),
        singles=False,
    ),
    Row(
        "Parallel",
        "nn.Parallel(2, 2)" + TWO,
        "torch.randn(3, 2, 4)",
        lambda m, x: torch.cat([linear(m.modules[1], x[:, 0]), linear(m.modules[2], x[:, 1])], 1),
        singles=False,
    ),
    Row(
        "ConcatTable",
        "nn.ConcatTable()" + TWO,
        X,
        lambda m, x: [linear(m.modules[1], x), linear(m.modules[2], x)],
    ),
    Row(
        "ParallelTable",
        "nn.ParallelTable()" + TWO,
        "{torch.randn(2, 4), torch.randn(2, 4)}",
        lambda m, x: [linear(m.modules[1], x[0]), linear(m.modules[2], x[1])],
    ),
    Row(
        "MapTable",
        "nn.MapTable(nn.Linear(4, 3))",
        "{torch.randn(2, 4), torch.randn(2, 4)}",
        lambda m, x: [linear(m.module, x[0]), linear(m.module, x[1])],
        parameters=False,  # the copies' shared gradients are listed once a copy
    ),
    Row("Decorator", "nn.Decorator(nn.Linear(4, 3))", X, lambda m, x: linear(m.modules[1], x)),
    Row(
        "Bottle",
        "nn.Bottle(nn.Linear(4, 3))",
        "torch.randn(2, 5, 4)",
        lambda m, x: linear(m.modules[1], x),
        strided=False,  # it looks at its input through a view
    ),
    Row("NaN", "nn.NaN(nn.Linear(4, 3), 'first')", X, lambda m, x: linear(m.modules[1], x)),
    Row("Profile", "nn.Profile(nn.Linear(4, 3), 1000)", X, lambda m, x: linear(m.modules[1], x)),
    Row("GPU", "nn.GPU(nn.Linear(4, 3), 1)", X, lambda m, x: linear(m.modules[1], x)),
    Row("DontCast", "nn.DontCast(nn.Linear(4, 3), true)", X, lambda m, x: linear(m.modules[1], x), typed=False),
    Row(
        "WeightNorm",
        "nn.WeightNorm(nn.Linear(4, 3))",
        X,
        lambda m, x: F.linear(x, m.g.view(-1, 1) * m.v / (m.v.norm(dim=1, keepdim=True) ** 2 + 1e-4).sqrt(), m.bias),
    ),
]

SCRIPTS = [
    Script(
        "Module",
        """
        local m = nn.Module()
        assert(m:forward(1) == m.output and m:backward(1, 1) == m.gradInput and m.output:dim() == 0)
        assert(m:parameters() == nil and m:type() == 'torch.DoubleTensor')
        local p, g = m:getParameters()
        assert(p:nElement() == 0 and g:nElement() == 0)
        local l = nn.Linear(2, 2)
        l:training(); assert(l.train == true); l:evaluate(); assert(l.train == false)
        local before = l.weight:clone()
        l:zeroGradParameters(); l:forward(torch.ones(2))
        l:backwardUpdate(torch.ones(2), torch.ones(2), 0.5)
        assert(torch.dist(before - 0.5, l.weight) < 1e-12)
        """,
    ),
    Script(
        "Container",
        """
        local m = nn.Container():add(nn.Linear(2, 3)):add(nn.Linear(3, 1))
        assert(m:size() == 2 and torch.type(m:get(2)) == 'nn.Linear')
        local values, gradients = m:parameters()
        assert(#values == 4 and #gradients == 4 and values[1] == m:get(1).weight)
        local count = 0
        m:applyToModules(function() count = count + 1 end)
        assert(count == 2)
        """,
    ),
    Script(
        "MapTable",
        """
        local m, one = nn.MapTable(nn.Linear(4, 3)), nn.Linear(4, 3)
        one.weight:copy(m.module.weight); one.bias:copy(m.module.bias)
        local x, g = {torch.randn(2, 4), torch.randn(2, 4)}, {torch.randn(2, 3), torch.randn(2, 3)}
        m:zeroGradParameters(); one:zeroGradParameters()
        m:forward(x); m:backward(x, g)
        for i = 1, 2 do one:forward(x[i]); one:backward(x[i], g[i]) end
        assert(torch.dist(m.module.gradWeight, one.gradWeight) < 1e-12)
        m:updateParameters(0.1); one:updateParameters(0.1)
        assert(torch.dist(m:get(2).weight, one.weight) < 1e-12)
        m:resize(1); assert(m:size() == 1)
        """,
    ),
    Script(
        "WeightNorm",
        """
        local m = nn.WeightNorm(nn.SpatialConvolution(2, 3, 3, 3))
        local x = torch.randn(2, 2, 5, 5)
        local y = m:forward(x):clone()
        assert(#m:parameters() == 3 and m:parameters()[2]:nElement() == 3)
        m:evaluate(); assert(torch.dist(m:forward(x), y) < 1e-12)
        m:training()
        assert(nn.Jacobian.testJacobianParameters(m, x, m.v, m.gradV) < 1e-5)
        assert(nn.Jacobian.testJacobianParameters(m, x, m.g, m.gradG) < 1e-5)
        y = m:forward(x):clone()
        local again = torch.deserialize(torch.serialize(m))
        assert(torch.dist(again:forward(x), y) < 1e-12)
        """,
    ),
    Script(
        "NaN",
        """
        local m = nn.NaN(nn.Identity(), 'second')
        local ok, message = pcall(m.forward, m, torch.Tensor{1, 0 / 0})
        assert(not ok and message:find('NaN found in input of module') and message:find('second'))
        local l = nn.NaN(nn.Linear(2, 1))
        l:get(1).weight:fill(0 / 0)
        ok, message = pcall(l.forward, l, torch.ones(2))
        assert(not ok and message:find('NaN found in parameters'))
        """,
    ),
    Script(
        "Profile",
        """
        local said = {}
        local original = print
        print = function(text) said[#said + 1] = text end
        local m, x = nn.Profile(nn.Tanh(), 2, 'tanh'), torch.randn(3)
        for _ = 1, 2 do m:forward(x); m:backward(x, x) end
        print = original
        assert(said[1]:match('^tanh took %d%.%d%d%d seconds for 2 forward passes$'))
        assert(said[2]:match('^tanh took %d%.%d%d%d seconds for 2 backward passes$'))
        """,
    ),
    Script(
        "DontCast",
        """
        local m = nn.Sequential():add(nn.DontCast(nn.LookupTable(5, 3):double(), true)):add(nn.Linear(3, 2))
        m:float()
        assert(m:get(1):get(1).weight:type() == 'torch.DoubleTensor')
        assert(m:forward(torch.LongTensor{1, 2}):type() == 'torch.FloatTensor')
        """,
    ),
    Script(
        "Copy",
        """
        local m = nn.Copy('torch.DoubleTensor', 'torch.FloatTensor')
        local x = torch.randn(2, 3)
        assert(m:forward(x):type() == 'torch.FloatTensor')
        assert(m:backward(x, torch.FloatTensor(2, 3)):type() == 'torch.DoubleTensor')
        local kept = nn.Copy('torch.FloatTensor', 'torch.FloatTensor', true, true)
        kept:double()
        assert(kept:forward(torch.FloatTensor(2)):type() == 'torch.FloatTensor')
        """,
    ),
    Script(
        "StochasticGradient",
        """
        torch.manualSeed(1)
        local data = {}
        function data:size() return 20 end
        for i = 1, 20 do
          local x = torch.randn(3)
          data[i] = {x, torch.Tensor{x[1] - 2 * x[2] + 1}}
        end
        local m = nn.Linear(3, 1)
        local trainer = nn.StochasticGradient(m, nn.MSECriterion())
        trainer.learningRate, trainer.maxIteration, trainer.verbose = 0.05, 40, false
        local passes = 0
        trainer.hookIteration = function() passes = passes + 1 end
        local original = print
        print = function() end
        trainer:train(data)
        print = original
        assert(passes == 40)
        assert(torch.dist(m.weight, torch.Tensor{{1, -2, 0}}) < 1e-3 and math.abs(m.bias[1] - 1) < 1e-3)
        """,
    ),
    Script(
        "Criterion",
        """
        local Twice, parent = torch.class('nn.TwiceCriterionForTest', 'nn.Criterion')
        function Twice:updateOutput(input, target) self.output = 2 * (input[1] - target) return self.output end
        function Twice:updateGradInput(input) return self.gradInput:resizeAs(input):fill(2) end
        local c = nn.TwiceCriterionForTest()
        assert(c:forward(torch.Tensor{3}, 1) == 4 and c:backward(torch.Tensor{3}, 1)[1] == 2)
        assert(c:clone().output == 4 and c:float().gradInput:type() == 'torch.FloatTensor')
        assert(not pcall(c.type, c))
        """,
    ),
    Script(
        "CriterionTable",
        """
        local m, c = nn.CriterionTable(nn.MSECriterion()), nn.MSECriterion()
        local x = {torch.randn(2, 3), torch.randn(2, 3)}
        assert(m:forward(x) == c:forward(x[1], x[2]))
        assert(torch.dist(m:backward(x, 1)[1], c:backward(x[1], x[2])) == 0)
        """,
    ),
]
