--- nn.Index(dimension): from {tensor, indices (LongTensor)} the slices of the tensor with these numbers along a dimension.
local Index, Module = torch.class('nn.Index', 'nn.Module')

function Index:__init(dimension)
  Module.__init(self)
  self.dimension = dimension
  self.gradInput = { self.gradInput, self.gradInput.new() }
end

function Index:updateOutput(input)
  self.output:index(input[1], self.dimension, input[2])
  return self.output
end

function Index:updateGradInput(input, gradOutput)
  local gradient = self.gradInput[1]
  gradient:resizeAs(input[1]):zero()
  gradient:indexAdd(self.dimension, input[2], gradOutput)
  self.gradInput[2]:resize(input[2]:size()):zero()
  return self.gradInput
end

function Index:clearState()
  self.gradInput[1]:set()
  self.gradInput[2]:set()
  self.output:set()
  return self
end
