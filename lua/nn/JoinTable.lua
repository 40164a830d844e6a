--- nn.JoinTable(dimension[, nInputDims]): joins the input table's tensors along a dimension.
local dimension_of = require 'nn.support.dimension'
local elements = require 'nn.support.elements'

local JoinTable, Module = torch.class('nn.JoinTable', 'nn.Module')

function JoinTable:__init(dimension, nInputDims)
  Module.__init(self)
  self.size = torch.LongStorage()
  self.dimension = dimension
  self.nInputDims = nInputDims
  self.gradInput = {}
end

function JoinTable:_getPositiveDimension(input)
  return dimension_of(self.dimension, input[1], self.nInputDims)
end

function JoinTable:updateOutput(input)
  local dimension = self:_getPositiveDimension(input)
  local size = input[1]:size()
  for i = 2, #input do size[dimension] = size[dimension] + input[i]:size(dimension) end
  self.size = size
  self.output:resize(size)
  local offset = 1
  for _, tensor in ipairs(input) do
    local length = tensor:size(dimension)
    self.output:narrow(dimension, offset, length):copy(tensor)
    offset = offset + length
  end
  return self.output
end

function JoinTable:updateGradInput(input, gradOutput)
  local dimension = self:_getPositiveDimension(input)
  local offset = 1
  for i, gradient in ipairs(elements(self, input)) do
    local length = input[i]:size(dimension)
    gradient:resizeAs(input[i]):copy(gradOutput:narrow(dimension, offset, length))
    offset = offset + length
  end
  return self.gradInput
end

function JoinTable:type(type, tensorCache)
  if type then self.gradInput = {} end
  return Module.type(self, type, tensorCache)
end
