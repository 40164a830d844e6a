--- nn.Euclidean(inputSize, outputSize): distance of the input from each of outputSize weight vectors.
-- Input: inputSize or N x inputSize. weight: inputSize x outputSize.
local distances = require 'nn.support.distances'

local Euclidean, Module = torch.class('nn.Euclidean', 'nn.Module')

function Euclidean:__init(inputSize, outputSize)
  Module.__init(self)
  self.weight, self.gradWeight = torch.Tensor(inputSize, outputSize), torch.Tensor(inputSize, outputSize)
  self.gradInput:resize(inputSize)
  self.output:resize(outputSize)
  self.fastBackward = true -- the backward pass relies on the last forward pass
  self:reset()
end

function Euclidean:reset(stdv)
  local bound = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:size(1))
  self.weight:uniform(-bound, bound)
end

function Euclidean:updateOutput(input)
  local batch = distances.batch(input)
  self._difference = distances.differences(batch, self.weight)
  self.output:norm(self._difference, 2, 2):resize(batch:size(1), self.weight:size(2))
  if input:dim() == 1 then self.output:resize(self.weight:size(2)) end
  return self.output
end

local function slopes(self, input, gradOutput)
  if not self.fastBackward then self:updateOutput(input) end
  return torch.cmul(self._difference, distances.ratio(gradOutput, self.output, self.weight:size(1)))
end

function Euclidean:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  return self.gradInput:sum(slopes(self, input, gradOutput), 3):resizeAs(input)
end

function Euclidean:accGradParameters(input, gradOutput, scale)
  self.gradWeight:add(-(scale or 1), slopes(self, input, gradOutput):sum(1))
end

function Euclidean:type(type, tensorCache)
  if type then self:clearState() end
  return Module.type(self, type, tensorCache)
end

function Euclidean:clearState()
  nn.utils.clear(self, '_difference', '_input', '_output', '_gradOutput', '_weight', '_div', '_sum', '_expand', '_expand2',
    '_expand3', '_repeat', '_repeat2')
  return Module.clearState(self)
end
