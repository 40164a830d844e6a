--- Linear_*: y = W x + b for one sample (1-D) or a batch (2-D). On the CPU the bridge has a kernel for each direction.
local bridge = require 'bridge'

local C, aten = bridge.C, bridge.aten
local kernels = {}
local addmm, addmv, mm, mv = aten['addmm.out'], aten['addmv.out'], aten['mm.out'], aten['mv.out']

local function check(status)
  if status ~= 0 then bridge.fail() end
end

local function on_device(tensor)
  return C.fbl_device(tensor) >= 0
end

function kernels.Linear_updateOutput(input, output, weight, bias)
  if not on_device(input) then return check(C.fbl_linear(output, input, weight, bias)) end
  local rows = weight:size(1)
  if input:dim() == 1 then
    output:resize(rows)
    if bias then addmv(bias, weight, input, 1, 1, output) else mv(weight, input, output) end
  else
    output:resize(input:size(1), rows)
    if bias then addmm(bias, input, weight:t(), 1, 1, output) else mm(input, weight:t(), output) end
  end
end

--- Backwards an input of more dimensions has no effect, as ever: scripts hand in the whole network's input by mistake.
local function beyond_matrices(input)
  return input:dim() > 2
end

function kernels.Linear_updateGradInput(input, gradOutput, gradInput, weight)
  if beyond_matrices(input) then
    local before = gradInput:nElement()
    gradInput:resizeAs(input)
    if gradInput:nElement() ~= before then gradInput:zero() end
    return
  end
  if not on_device(input) then return check(C.fbl_linear_input(gradInput, input, gradOutput, weight)) end
  gradInput:resizeAs(input)
  if input:dim() == 1 then mv(weight:t(), gradOutput, gradInput) else mm(gradOutput, weight, gradInput) end
end

function kernels.Linear_accGradParameters(input, gradOutput, _, _, bias, gradWeight, gradBias, _, scale)
  if beyond_matrices(input) then return end
  if not on_device(input) then
    return check(C.fbl_linear_weight(gradWeight, bias and gradBias or nil, input, gradOutput, scale or 1))
  end
  if input:dim() == 1 then
    gradWeight:addr(scale, gradOutput, input)
    if bias then gradBias:add(scale, gradOutput) end
  else
    addmm(gradWeight, gradOutput:t(), input, 1, scale, gradWeight)
    if bias then gradBias:add(scale, gradOutput:sum(1)) end
  end
end

return kernels
