"""lua/nngraph: networks written as expressions of modules and nodes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from pytorch_fbcunn_compat.lua import LuaRuntime

FORK = """
require 'nngraph'
torch.manualSeed(1)
local x = nn.Identity()()
local h = nn.Linear(4, 3)(x)
local out = nn.CAddTable()({nn.Tanh()(h), nn.Sigmoid()(h)})
local net = nn.gModule({x}, {out})
"""


@pytest.mark.parametrize("file", ["lstm_gmodule.t7", "lstm_gmodule.ascii.t7", "lstm_gmodule.cleared.t7"])
def test_a_recorded_network_computes_what_torch_computed(lua: LuaRuntime, shared: Path, file: str) -> None:
    recorded = {name: torch.from_numpy(value) for name, value in np.load(shared / "t7" / "lstm_gmodule.npz").items()}
    lua.require("nngraph")
    mode = "ascii" if "ascii" in file else "binary"
    step = lua.execute(
        f"""
        local net = torch.load('{shared / "t7" / file}', '{mode}')
        return function(x, c, h, gc, gh)
          net:zeroGradParameters()
          local out = net:forward{{x, c, h}}
          local grad = net:backward({{x, c, h}}, {{gc, gh}})
          local _, gp = net:parameters()
          return out[1], out[2], grad[1], grad[2], grad[3], unpack(gp)
        end
        """
    )
    arguments = [recorded[name] for name in ["input_1", "input_2", "input_3", "gradOutput_1", "gradOutput_2"]]
    names = ["output_1", "output_2", "gradInput_1", "gradInput_2", "gradInput_3", "gp_1", "gp_2", "gp_3", "gp_4"]
    for name, value in zip(names, step(*arguments), strict=True):
        torch.testing.assert_close(value, recorded[name], rtol=1e-12, atol=1e-14, msg=name)


def test_a_network_made_anew_has_the_recorded_nodes_in_the_recorded_order(lua: LuaRuntime, shared: Path) -> None:
    """The order is that of random numbers in a network's dropouts, and of `modules` in files."""
    lua.require("nngraph")
    described = lua.execute(
        f"""
        local recorded = torch.load('{shared / "t7" / "lstm_gmodule.t7"}')
        local x, prev_c, prev_h = nn.Identity()(), nn.Identity()(), nn.Identity()()
        local sums = nn.CAddTable()({{nn.Linear(5, 28)(x), nn.Linear(7, 28)(prev_h)}})
        local n1, n2, n3, n4 = nn.SplitTable(2)(nn.Reshape(4, 7)(sums)):split(4)
        local next_c = nn.CAddTable()({{
          nn.CMulTable()({{nn.Sigmoid()(n2), prev_c}}), nn.CMulTable()({{nn.Sigmoid()(n1), nn.Tanh()(n4)}})}})
        local next_h = nn.CMulTable()({{nn.Sigmoid()(n3), nn.Tanh()(next_c)}})
        local made = nn.gModule({{x, prev_c, prev_h}}, {{next_c, next_h}})
        local function describe(net)
          local words = {{}}
          for _, node in ipairs(net.forwardnodes) do
            words[#words + 1] = node.id .. (node.data.module and torch.type(node.data.module) or '')
              .. (node.data.selectindex or '') .. (node.data.nSplitOutputs or '')
          end
          words[#words + 1] = '|'
          for _, node in ipairs(net.backwardnodes) do words[#words + 1] = node.id end
          for _, edge in ipairs(net.fg.edges) do words[#words + 1] = edge.from.id .. '>' .. edge.to.id end
          return table.concat(words, ' ')
        end
        return describe(recorded), describe(made)
        """
    )
    assert described[0] == described[1]


def test_a_fork_sums_gradients(lua: LuaRuntime) -> None:
    code = """
    local input, grad = torch.randn(2, 4), torch.randn(2, 3)
    local lin = net.modules[2]
    local y = net:forward(input)
    local gx = net:backward(input, grad)
    local z = lin.output
    local expected = torch.mm(torch.cmul(grad, (torch.tanh(z):pow(2):mul(-1):add(1)
      + torch.cmul(torch.sigmoid(z), torch.sigmoid(z):mul(-1):add(1)))), lin.weight)
    return (y - torch.tanh(z) - torch.sigmoid(z)):abs():max(), (gx - expected):abs():max()
    """
    assert max(lua.execute(FORK + code)) < 1e-12


def test_unary_minus_and_subtraction_build_the_same_network(lua: LuaRuntime) -> None:
    code = """
    local input = torch.randn(2, 4)
    local start = -nn.Identity()
    local net2 = nn.gModule({start}, {start - net.modules[2] - nn.Tanh()})
    return (net2:forward(input) - torch.tanh(net.modules[2]:forward(input))):abs():max()
    """
    assert lua.execute(FORK + code) < 1e-15


def test_a_criterion_is_a_node(lua: LuaRuntime) -> None:
    code = """
    local p, t = nn.Identity()(), nn.Identity()()
    local loss = nn.gModule({p, t}, {nn.MSECriterion()({p, t})})
    local value = loss:forward{torch.Tensor{1, 2}, torch.Tensor{3, 5}}
    local grads = loss:backward({torch.Tensor{1, 2}, torch.Tensor{3, 5}}, torch.Tensor{2})
    return value[1], grads[1]:totable(), grads[2]:totable()
    """
    value, prediction, target = lua.execute(FORK + code)
    assert value == 6.5
    assert list(prediction.to_plain()) == [-4, -6]
    assert list(target.to_plain()) == [0, 0]


def test_nest_gives_lists_of_one_element_too(lua: LuaRuntime) -> None:
    code = """
    local a, b = nn.Identity()(), nn.Identity()()
    local net2 = nn.gModule({a, b}, {nngraph.nest{a, {b}}})
    local out = net2:forward{torch.Tensor{1}, torch.Tensor{2}}
    return out[1][1], type(out[2]), out[2][1][1]
    """
    assert lua.execute(FORK + code) == (1, "table", 2)


def test_a_clone_shares_what_it_is_told_to(lua: LuaRuntime) -> None:
    code = """
    local twin = net:clone('weight', 'bias', 'gradWeight', 'gradBias')
    net.modules[2].weight:fill(3)
    return twin.modules[2].weight[1][1], twin.modules[2] == net.modules[2],
      twin.modules[2] == twin.forwardnodes[3].data.module
    """
    assert lua.execute(FORK + code) == (3, False, True)


def test_type_keeps_outputs_and_node_inputs_the_same_tensors(lua: LuaRuntime) -> None:
    code = """
    net:forward(torch.randn(2, 4))
    net:float()
    local out = net.outnode.data.input[1]
    local same = torch.pointer(net.output) == torch.pointer(out)
    return torch.type(net.output), same, torch.type(net:forward(torch.FloatTensor(2, 4):fill(1))), net:type()
    """
    assert lua.execute(FORK + code) == ("torch.FloatTensor", True, "torch.FloatTensor", "torch.FloatTensor")


def test_clear_state_leaves_no_values(lua: LuaRuntime) -> None:
    code = """
    local input = torch.randn(2, 4)
    local before = net:forward(input):clone()
    net:backward(input, before)
    local full = #torch.serialize(net)
    net:clearState()
    for _, node in ipairs(net.forwardnodes) do assert(node.data.input == nil and node.data.gradOutput == nil) end
    return #torch.serialize(net) < full, (net:forward(input) - before):abs():max()
    """
    assert lua.execute(FORK + code) == (True, 0)


def test_replace_reaches_nodes_and_shared_modules(lua: LuaRuntime) -> None:
    code = """
    local shared = nn.Tanh()
    local i = nn.Identity()()
    local net2 = nn.gModule({i}, {nn.CAddTable()({shared(i), nn.MulConstant(2)(shared(nn.MulConstant(3)(i)))})})
    net2:replace(function(m) if torch.type(m) == 'nn.Tanh' then return nn.Square() end return m end)
    local count, first = 0
    for _, m in ipairs(net2.modules) do
      if torch.type(m) == 'nn.Square' then
        count, first = count + 1, first or m
        assert(m == first)
      end
    end
    return count, net2:forward(torch.Tensor{2})[1]
    """
    assert lua.execute(FORK + code) == (2, 36 + 2 * 36)  # one module has one output


def test_gradients_that_are_expanded_zeros_cost_no_buffer(lua: LuaRuntime) -> None:
    code = """
    local zero = nn.Module()
    function zero:updateOutput(input) self.output = input:clone() return self.output end
    function zero:updateGradInput(input)
      self.gradInput = torch.Tensor{0}:view(1, 1):expandAs(input)
      return self.gradInput
    end
    local i = nn.Linear(3, 3)()
    local net2 = nn.gModule({i}, {nn.CAddTable()({zero(i), nn.Identity()(i)})})
    local input, grad = torch.randn(2, 3), torch.randn(2, 3)
    net2:zeroGradParameters()
    net2:forward(input)
    net2:backward(input, grad)
    for _, node in ipairs(net2.backwardnodes) do assert(not node.data.gradOutputBuffer) end
    local lin = net2.modules[1]
    return (net2.gradInput - torch.mm(grad, lin.weight)):abs():max(), (lin.gradBias - grad:sum(1)[1]):abs():max()
    """
    assert max(lua.execute(FORK + code)) < 1e-12


def test_modules_without_gradient_pass_nil_on(lua: LuaRuntime) -> None:
    code = """
    local i = nn.Identity()()
    local lookup = nn.LookupTable(5, 3)
    lookup.gradInput = nil
    function lookup:updateGradInput() return nil end
    local net2 = nn.gModule({i}, {nn.Tanh()(lookup(i))})
    net2:forward(torch.LongTensor{1, 2})
    return net2:backward(torch.LongTensor{1, 2}, torch.randn(2, 3))
    """
    assert lua.execute(FORK + code) is None


def test_any_method_can_run_through_the_graph(lua: LuaRuntime) -> None:
    code = """
    local names = {}
    net:runForwardFunction(function(module, input)
      names[#names + 1] = torch.type(module)
      return module:updateOutput(input)
    end, torch.randn(2, 4))
    return table.concat(names, ' ')
    """
    assert lua.execute(FORK + code) == "nn.Identity nn.Linear nn.Tanh nn.Sigmoid nn.CAddTable"


def test_annotations_reach_the_picture(lua: LuaRuntime) -> None:
    code = """
    local a = nn.Identity()():annotate{name = 'In', description = 'first', graphAttributes = {color = 'red'}}
    local hidden = nn.Tanh()(a)
    nngraph.annotateNodes()
    return nn.gModule({a}, {hidden}).fg:todot(), nngraph.simple_print.todot(net.fg)
    """
    text, simple = lua.execute(FORK + code)
    assert re.search(r'\[color=red, label="In \(\d\)\\ndesc = first', text)
    assert "hidden (" in text
    assert "nn.Identity" not in simple
    assert simple.count(" -> n") == 4


def test_debug_mode_draws_the_failing_network(lua: LuaRuntime, tmp_path: Path) -> None:
    code = f"""
    nngraph.setDebug(true)
    net.name = '{tmp_path / "broken"}'
    local ok, message = pcall(net.forward, net, torch.randn(2, 7))
    nngraph.setDebug(false)
    return ok, message:find('stack traceback:', 1, true) ~= nil
    """
    assert lua.execute(FORK + code) == (False, True)
    assert "fillcolor=red" in (tmp_path / "broken.dot").read_text()
