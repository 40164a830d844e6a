--- Fused steps of GRU and LSTM cells. Gate tensors are batch x (gates hidden); results go into given tensors.
local kernels = {}

local function gate(tensor, i, hidden)
  return tensor:narrow(tensor:dim(), (i - 1) * hidden + 1, hidden)
end

local function with_bias(tensor, bias)
  if not bias then return tensor:clone() end
  return torch.add(tensor, bias:view(1, bias:nElement()):expandAs(tensor))
end

--- Gates (input, forget, cell, output) from input + hidden; their activations replace `input`, for the backward step.
function kernels.LSTMFused_updateOutput(input, hidden, bias1, bias2, cell, output, outputCell)
  local gates = with_bias(input, bias1):add(with_bias(hidden, bias2))
  local size = cell:size(cell:dim())
  for _, i in ipairs { 1, 2, 4 } do gate(gates, i, size):sigmoid() end
  gate(gates, 3, size):tanh()
  outputCell:resizeAs(cell):cmul(gate(gates, 2, size), cell):addcmul(1, gate(gates, 1, size), gate(gates, 3, size))
  output:resizeAs(cell):tanh(outputCell):cmul(gate(gates, 4, size))
  input:copy(gates)
end

function kernels.LSTMFused_updateGradInput(storage, gradInGates, cx, cy, gradOutput, gradOutputCell, gradInputCx)
  local size = cx:size(cx:dim())
  local i, f, c, o = gate(storage, 1, size), gate(storage, 2, size), gate(storage, 3, size), gate(storage, 4, size)
  local squashed = torch.tanh(cy)
  local one = torch.ones(1):typeAs(cx):view(1, 1):expandAs(cx)
  local forCell = torch.cmul(gradOutput, o):cmul(one - torch.cmul(squashed, squashed)):add(gradOutputCell)
  gradInGates:resizeAs(storage)
  gate(gradInGates, 1, size):copy(torch.cmul(forCell, c):cmul(i):cmul(one - i))
  gate(gradInGates, 2, size):copy(torch.cmul(forCell, cx):cmul(f):cmul(one - f))
  gate(gradInGates, 3, size):copy(torch.cmul(forCell, i):cmul(one - torch.cmul(c, c)))
  gate(gradInGates, 4, size):copy(torch.cmul(gradOutput, squashed):cmul(o):cmul(one - o))
  gradInputCx:resizeAs(cx):cmul(forCell, f)
end

--- Gates (reset, update, new). storage (5 hidden wide) keeps reset, update, new, hx and the hidden part of `new`.
function kernels.GRUFused_updateOutput(input, hidden, bias1, bias2, hx, output, storage)
  local size = hx:size(hx:dim())
  local fromInput, fromHidden = with_bias(input, bias1), with_bias(hidden, bias2)
  local reset = gate(fromInput, 1, size):add(gate(fromHidden, 1, size)):sigmoid()
  local update = gate(fromInput, 2, size):add(gate(fromHidden, 2, size)):sigmoid()
  local new = gate(fromInput, 3, size):addcmul(1, reset, gate(fromHidden, 3, size)):tanh()
  output:resizeAs(hx):copy(hx):add(-1, new):cmul(update):add(new)
  storage:resize(hx:size(1), 5 * size)
  for i, part in ipairs { reset, update, new, hx, gate(fromHidden, 3, size) } do gate(storage, i, size):copy(part) end
end

function kernels.GRUFused_updateGradInput(gradInInput, gradInHidden, gradOutput, gradInputHx, storage)
  local size = gradOutput:size(gradOutput:dim())
  local reset, update, new = gate(storage, 1, size), gate(storage, 2, size), gate(storage, 3, size)
  local hx, fromHidden = gate(storage, 4, size), gate(storage, 5, size)
  local one = torch.ones(1):typeAs(hx):view(1, 1):expandAs(hx)
  local forUpdate = torch.cmul(gradOutput, hx - new):cmul(update):cmul(one - update)
  local forNew = torch.cmul(gradOutput, one - update):cmul(one - torch.cmul(new, new))
  local forReset = torch.cmul(forNew, fromHidden):cmul(reset):cmul(one - reset)
  gradInInput:resize(hx:size(1), 3 * size)
  gradInHidden:resize(hx:size(1), 3 * size)
  for _, target in ipairs { gradInInput, gradInHidden } do
    gate(target, 1, size):copy(forReset)
    gate(target, 2, size):copy(forUpdate)
  end
  gate(gradInInput, 3, size):copy(forNew)
  gate(gradInHidden, 3, size):copy(torch.cmul(forNew, reset))
  gradInputHx:resizeAs(hx):cmul(gradOutput, update)
end

return kernels
