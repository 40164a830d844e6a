--- nn.Sum([dimension = 1[, nInputDims[, sizeAverage = false[, squeeze = true]]]]): sum (or mean) along a dimension.
-- The dimension disappears unless squeeze is false.
local dimension_of = require 'nn.support.dimension'

local Sum, Module = torch.class('nn.Sum', 'nn.Module')

function Sum:__init(dimension, nInputDims, sizeAverage, squeeze)
  Module.__init(self)
  self.dimension = dimension or 1
  self.nInputDims = nInputDims
  self.sizeAverage = sizeAverage or false
  self.squeeze = squeeze ~= false
end

function Sum:_getPositiveDimension(input)
  local dimension = dimension_of(self.dimension, input, self.nInputDims)
  if input:dim() < dimension then
    error(('dimension exceeds input dimensions: %d of %d'):format(dimension, input:dim()), 3)
  end
  return dimension
end

function Sum:updateOutput(input)
  local dimension = self:_getPositiveDimension(input)
  -- old files may hold a number here
  if not torch.isTensor(self.output) then self.output = input.new() end
  self.output:sum(input, dimension)
  if self.sizeAverage then self.output:div(input:size(dimension)) end
  if self.squeeze ~= false and self.output:dim() > 1 then self.output:set(self.output:select(dimension, 1)) end
  return self.output
end

function Sum:updateGradInput(input, gradOutput)
  local dimension = self:_getPositiveDimension(input)
  local size = input:size()
  size[dimension] = 1
  self.gradInput:resizeAs(input):copy(gradOutput:contiguous():view(size):expandAs(input))
  if self.sizeAverage then self.gradInput:div(input:size(dimension)) end
  return self.gradInput
end

function Sum:clearState()
  nn.utils.clear(self, '_gradOutput')
  return Module.clearState(self)
end
