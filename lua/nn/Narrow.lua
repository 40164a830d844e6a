--- nn.Narrow(dimension, offset[, length = 1]): `length` slices of the input from place `offset` of a dimension.
-- A negative length counts the last slice from the end (-1: up to the last); a negative dimension counts from the end.
local dimension_of = require 'nn.support.dimension'

local Narrow, Module = torch.class('nn.Narrow', 'nn.Module')

function Narrow:__init(dimension, offset, length)
  Module.__init(self)
  self.dimension = dimension
  self.index = offset
  self.length = length or 1
  if not dimension or not offset then error('nn.Narrow(dimension, offset, length)', 2) end
end

local function window(self, input)
  local dimension = dimension_of(self.dimension, input)
  local extent = input:size(dimension)
  local index, length = self.index, self.length
  if length < 0 then length = extent - index + length + 2 end
  if index < 0 then index, length = 1, extent - length end
  return dimension, index, length
end

function Narrow:updateOutput(input)
  local part = input:narrow(window(self, input))
  self.output = self.output:typeAs(part)
  return self.output:resizeAs(part):copy(part)
end

function Narrow:updateGradInput(input, gradOutput)
  self.gradInput = self.gradInput:typeAs(input)
  self.gradInput:resizeAs(input):zero()
  self.gradInput:narrow(window(self, input)):copy(gradOutput)
  return self.gradInput
end
