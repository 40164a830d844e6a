--- nn.Select(dimension, index): one slice of the input along a dimension; negative numbers count from the end.
local dimension_of = require 'nn.support.dimension'

local Select, Module = torch.class('nn.Select', 'nn.Module')

function Select:__init(dimension, index)
  Module.__init(self)
  self.dimension = dimension
  self.index = index
end

local function resolved(self, input)
  local dimension = dimension_of(self.dimension, input)
  return dimension, self.index < 0 and input:size(dimension) + self.index + 1 or self.index
end

function Select:updateOutput(input)
  local slice = input:select(resolved(self, input))
  self.output:resizeAs(slice)
  return self.output:copy(slice)
end

function Select:updateGradInput(input, gradOutput)
  local dimension, index = resolved(self, input)
  self.gradInput:resizeAs(input):zero()
  self.gradInput:select(dimension, index):copy(gradOutput)
  return self.gradInput
end
