--- nn.MulConstant(scalar[, inplace = false]): scalar * x, any shape.
local MulConstant, Module = torch.class('nn.MulConstant', 'nn.Module')

local function scale(result, source, constant) return result:mul(source, constant) end

require('nn.support.scalar')(MulConstant, Module, scale, scale, {
  check = function(constant)
    if type(constant) ~= 'number' then error('input is not scalar!', 3) end
  end,
  undo = function(input, constant) input:div(constant) end,
})
