--- nn.AddConstant(scalar[, inplace = false]): x + scalar. A 1-D tensor is added to every row of the input instead.
local AddConstant, Module = torch.class('nn.AddConstant', 'nn.Module')

local function add(result, source, constant, sign)
  if torch.isTensor(constant) then
    if source ~= result then result:copy(source) end
    local width = constant:nElement()
    return result:add(sign or 1, constant:view(1, width):expand(result:nElement() / width, width))
  end
  return result:add(source, (sign or 1) * constant)
end

require('nn.support.scalar')(AddConstant, Module, add, function(gradient, source)
  if gradient ~= source then gradient:copy(source) end
end, {
  check = function(constant)
    local vector = torch.isTensor(constant) and constant:dim() == 1
    if type(constant) ~= 'number' and not vector then error('input is not scalar or 1D tensor!', 3) end
  end,
  undo = function(input, constant) add(input, input, constant, -1) end,
})
