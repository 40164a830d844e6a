"""What all modules share: parameters, sharing, cloning, types, traversal, errors."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat import LuaError


def test_every_class_and_kernel_is_there(nn, shared):
    for line in (shared / "reference" / "torch" / "nn_classes.txt").read_text().splitlines():
        name = line.split(" ")[0].removeprefix("nn.")
        methods = line.rsplit("| M: ", 1)[1].strip()
        for method in filter(None, methods.split(",")):
            assert nn.eval(f"type(nn.{name}.{method})") == "function", f"nn.{name}.{method}"
    nn.execute("kernels = 0; for _ in pairs(torch.FloatTensor.THNN) do kernels = kernels + 1 end")
    assert nn.eval("kernels") == 181
    assert nn.eval("torch.FloatTensor.THNN == torch.DoubleTensor.THNN") is True


def test_classes_are_read_when_asked_for(lua):
    lua.execute("require 'nn'")
    assert lua.eval("rawget(nn, 'SpatialConvolution')") is None
    assert lua.eval("torch.factory('nn.SpatialConvolution') ~= nil") is True
    assert lua.eval("torch.class('my.Net', 'nn.Sequential', {}) ~= nil") is True
    assert lua.eval("nn.NoSuchLayer") is None
    count = lua.eval("(function() local n = 0; for name in pairs(nn) do n = n + 1 end return n end)()")
    assert count >= 190


def test_get_parameters_gathers_in_order_and_moves_tensors(nn):
    nn.execute(
        """
        m = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh()):add(nn.Linear(2, 4))
        before = m:get(3).weight:clone()
        p, g = m:getParameters()
        """
    )
    assert nn.eval("p:nElement()") == 3 * 2 + 2 + 2 * 4 + 4
    assert nn.eval("torch.dist(before, m:get(3).weight)") == 0
    nn.execute("p:fill(7); g:fill(2)")
    assert nn.eval("m:get(1).weight:min()") == 7
    assert nn.eval("m:get(3).gradBias:max()") == 2
    assert nn.eval("m:get(1).weight:storage() == m:get(3).bias:storage()") is True


def test_get_parameters_keeps_sharing_and_drops_what_is_unused(nn):
    nn.execute(
        """
        a, b = nn.Linear(4, 4), nn.Linear(4, 4)
        b:share(a, 'weight', 'gradWeight')
        big = torch.range(1, 100)
        a.bias = big:narrow(1, 11, 4)
        p = nn.Sequential():add(a):add(b):getParameters()
        """
    )
    assert nn.eval("p:nElement()") == 16 + 4 + 4
    assert nn.eval("a.bias[1]") == 11
    nn.execute("a.weight:fill(3)")
    assert nn.eval("b.weight:max()") == 3
    assert nn.eval("p:storage():size()") == 24


def test_get_parameters_refuses_spread_and_misaligned_tensors(nn):
    with pytest.raises(LuaError, match="cannot flatten parameter 2: its 10 elements are spread over 91 places"):
        nn.execute("local m = nn.Linear(10, 10); m.bias = torch.Tensor(10, 10):select(2, 2); m:getParameters()")
    with pytest.raises(LuaError, match=r"misaligned parameter at 2 \(check that you are sharing"):
        nn.execute(
            """local a, b = nn.Linear(2, 2, false), nn.Linear(2, 2, false); b:share(a, 'weight')
               nn.Sequential():add(a):add(b):getParameters()"""
        )


def test_clone_is_deep_unless_fields_are_shared(nn):
    nn.execute("m = nn.Linear(2, 2); deep, shallow = m:clone(), m:clone('weight'); m.weight:fill(5); m.bias:fill(5)")
    assert nn.eval("deep.weight:max()") < 5
    assert nn.eval("shallow.weight:min()") == 5
    assert nn.eval("shallow.bias:max()") < 5
    assert nn.eval("deep.weight:storage() == m.weight:storage()") is False


def test_type_converts_everything_once(nn):
    nn.execute(
        """
        m = nn.Sequential():add(nn.Linear(2, 2)):add(nn.Linear(2, 2))
        m:get(2).bias:set(m:get(1).bias)
        m.extra = {nested = torch.Tensor(2)}
        m:float()
        m:get(1).bias:fill(9)
        """
    )
    assert nn.eval("m:type()") == "torch.FloatTensor"
    assert nn.eval("m:get(2).bias:max()") == 9
    assert nn.eval("m.extra.nested:type()") == "torch.FloatTensor"
    assert nn.eval("m:get(1):forward(torch.FloatTensor(2)):type()") == "torch.FloatTensor"


def test_a_type_that_is_not_there_is_named(nn):
    with pytest.raises(LuaError, match="no tensor type torch.CudaTensor: tensors on the GPU come with cutorch"):
        nn.execute("nn.Linear(2, 2):cuda()")
    with pytest.raises(LuaError, match="no tensor type torch.NoTensor"):
        nn.execute("nn.Linear(2, 2):type('torch.NoTensor')")


def test_traversal(nn):
    nn.execute(
        """
        inner = nn.Sequential():add(nn.Tanh()):add(nn.Linear(2, 2))
        m = nn.Sequential():add(nn.Linear(2, 2)):add(nn.ConcatTable():add(inner):add(nn.Identity()))
        names = {}
        for _, each in ipairs(m:listModules()) do table.insert(names, (torch.type(each):gsub('nn.', ''))) end
        found, parents = m:findModules('nn.Linear')
        m:training(); trained = inner:get(1).train
        m:evaluate()
        """
    )
    assert nn.eval("table.concat(names, ' ')") == "Sequential Linear ConcatTable Sequential Tanh Linear Identity"
    assert nn.eval("#found") == 2
    assert nn.eval("parents[2] == inner") is True
    assert (nn.eval("trained"), nn.eval("inner:get(1).train")) == (True, False)
    nn.execute("m:replace(function(x) return torch.type(x) == 'nn.Tanh' and nn.ReLU() or x end)")
    assert nn.eval("torch.type(inner:get(1))") == "nn.ReLU"
    nn.execute("count = 0; m:apply(function() count = count + 1 end)")
    assert nn.eval("count") == 7
    assert nn.eval("#m") == 2


def test_errors_name_the_path_to_the_module(nn):
    nn.execute("m = nn.Sequential():add(nn.Identity()):add(nn.Concat(1):add(nn.Parallel(1, 1):add(nn.Linear(1, 1))))")
    with pytest.raises(LuaError) as caught:
        nn.execute("m:forward(torch.randn(1, 2, 2))")
    message = str(caught.value)
    path = "In 2 module of nn.Sequential:\nIn 1 module of nn.Concat:\nIn 1 module of nn.Parallel:\n"
    assert path in message
    assert "size mismatch" in message
    assert message.count("WARNING: If you see a stack trace below") == 1


def test_buffers_keep_their_identity(nn):
    nn.execute(
        """
        m = nn.Sequential():add(nn.SpatialConvolution(1, 2, 3, 3)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2))
        x = torch.randn(2, 1, 8, 8)
        y = m:forward(x); gi = m:backward(x, y:clone())
        inner = m:get(1).output
        y2 = m:forward(torch.randn(2, 1, 8, 8)); gi2 = m:backward(x, y:clone())
        """
    )
    assert nn.eval("y == y2 and gi == gi2 and inner == m:get(1).output") is True


def test_grad_input_can_be_switched_off(nn):
    nn.execute("m = nn.Sequential():add(nn.Linear(2, 3)):add(nn.Linear(3, 1)); m:get(1).gradInput = nil")
    nn.execute("x = torch.randn(4, 2); m:zeroGradParameters(); m:forward(x); m:backward(x, torch.ones(4, 1))")
    assert nn.eval("m:get(1).gradInput") is None
    assert nn.eval("m:get(1).gradWeight:norm()") > 0


def test_clear_state_empties_buffers_and_saves_space(nn):
    nn.execute("m = nn.Sequential():add(nn.Linear(2, 3)):add(nn.Tanh()); m:forward(torch.randn(50, 2))")
    assert nn.eval("#torch.serialize(m:clone():clearState()) < #torch.serialize(m)") is True
    assert nn.eval("m:clearState():get(2).output:dim()") == 0


def test_the_function_table_can_be_called_directly(nn):
    nn.execute(
        """
        x, y = torch.randn(3, 4), torch.Tensor()
        x.THNN.Tanh_updateOutput(x:cdata(), y:cdata())
        THNN = require 'nn.THNN'
        """
    )
    assert nn.eval("torch.dist(y, torch.tanh(x))") < 1e-14
    assert nn.eval("THNN.optionalTensor(nil)") is None
    with pytest.raises(LuaError, match="no neural-network functions for torch.IntTensor"):
        nn.execute("THNN.runKernel('Tanh_updateOutput', 'torch.IntTensor', x, y)")


def test_user_classes_work_like_ours(nn):
    nn.execute(
        """
        local Twice, parent = torch.class('nn.TwiceForTest', 'nn.Module')
        function Twice:__init() parent.__init(self) end
        function Twice:updateOutput(input) self.output:resizeAs(input):copy(input):mul(2) return self.output end
        function Twice:updateGradInput(_, g) self.gradInput:resizeAs(g):copy(g):mul(2) return self.gradInput end
        """
    )
    assert nn.eval("nn.Jacobian.testJacobian(nn.TwiceForTest(), torch.Tensor(2, 3))") < 1e-6
    assert nn.eval("tostring(nn.TwiceForTest())") == "nn.TwiceForTest"


def test_lookup_table_goes_back_through_the_row_numbers_it_copied_last(nn) -> None:
    """Integers of another kind than LongTensor are copied, and the copy of the last forward pass stays in use."""
    nn.execute(
        """
        m = nn.LookupTable(5, 1)
        first, second = torch.IntTensor{1, 2, 3}, torch.IntTensor{4, 5}
        m:forward(first); m:forward(second)
        m:zeroGradParameters()
        m:accGradParameters(first, torch.Tensor{{1}, {2}, {3}})
        short = m.gradWeight:clone()
        m:forward(second); m:forward(first)
        m:zeroGradParameters()
        m:accGradParameters(second, torch.Tensor{{1}, {2}})
        long = m.gradWeight:clone()
        """
    )
    assert nn.eval("short").flatten().tolist() == [0, 0, 0, 1, 2]
    assert nn.eval("long").flatten().tolist() == [0, 0, 0, 1, 2]
