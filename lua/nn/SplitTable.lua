--- nn.SplitTable(dimension[, nInputDims]): the table of the input's slices along a dimension, which disappears from them.
local dimension_of = require 'nn.support.dimension'

local SplitTable, Module = torch.class('nn.SplitTable', 'nn.Module')

function SplitTable:__init(dimension, nInputDims)
  Module.__init(self)
  self.dimension = dimension
  self.nInputDims = nInputDims
end

function SplitTable:_getPositiveDimension(input)
  return dimension_of(self.dimension, input, self.nInputDims)
end

function SplitTable:updateOutput(input)
  local dimension = self:_getPositiveDimension(input)
  local slices = {}
  for i = 1, input:size(dimension) do slices[i] = input:select(dimension, i) end
  self.output = slices
  return slices
end

function SplitTable:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  local dimension = self:_getPositiveDimension(input)
  self.gradInput:resizeAs(input)
  for i = 1, input:size(dimension) do self.gradInput:select(dimension, i):copy(gradOutput[i]) end
  return self.gradInput
end
