--- Linear_*: y = W x + b for one sample (1-D) or a batch (2-D).
local aten = require('bridge').aten

local kernels = {}
local addmm, addmv, mm = aten['addmm.out'], aten['addmv.out'], aten['mm.out']

--- Raises the message of a matrix product whose inner sizes differ.
local function check_width(tensor, width, weight)
  local dim = tensor:dim()
  if dim ~= 1 and dim ~= 2 then error('input must be vector or matrix', 3) end
  if tensor:size(dim) ~= width then
    error(('size mismatch, m1: [%s], m2: [%d x %d]'):format(table.concat(tensor:size():totable(), ' x '),
      weight:size(2), weight:size(1)), 3)
  end
  return dim
end

function kernels.Linear_updateOutput(input, output, weight, bias)
  local rows = weight:size(1)
  if check_width(input, weight:size(2), weight) == 1 then
    output:resize(rows)
    if bias then
      addmv(bias, weight, input, 1, 1, output)
    else
      output:mv(weight, input)
    end
    return
  end
  output:resize(input:size(1), rows)
  if bias then
    addmm(bias, input, weight:t(), 1, 1, output)
  else
    mm(input, weight:t(), output)
  end
end

function kernels.Linear_updateGradInput(input, gradOutput, gradInput, weight)
  gradInput:resizeAs(input)
  if check_width(gradOutput, weight:size(1), weight) == 1 then
    gradInput:mv(weight:t(), gradOutput)
  else
    mm(gradOutput, weight, gradInput)
  end
end

function kernels.Linear_accGradParameters(input, gradOutput, _, _, bias, gradWeight, gradBias, _, scale)
  if input:dim() == 1 then
    gradWeight:addr(scale, gradOutput, input)
    if bias then gradBias:add(scale, gradOutput) end
  else
    addmm(gradWeight, gradOutput:t(), input, 1, scale, gradWeight)
    if bias then gradBias:add(scale, gradOutput:sum(1)) end
  end
end

return kernels
