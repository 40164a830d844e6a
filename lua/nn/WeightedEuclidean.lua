--- nn.WeightedEuclidean(inputSize, outputSize): Euclidean with a learned scale for each coordinate of each weight vector.
-- Input: inputSize or N x inputSize. weight and diagCov (the scales): inputSize x outputSize.
local distances = require 'nn.support.distances'

local WeightedEuclidean, Module = torch.class('nn.WeightedEuclidean', 'nn.Module')

function WeightedEuclidean:__init(inputSize, outputSize)
  Module.__init(self)
  for _, name in ipairs { 'weight', 'gradWeight', 'diagCov', 'gradDiagCov' } do
    self[name] = torch.Tensor(inputSize, outputSize)
  end
  self.gradInput:resize(inputSize)
  self.output:resize(outputSize)
  self.fastBackward = true -- the backward pass relies on the last forward pass
  self:reset()
end

function WeightedEuclidean:reset(stdv)
  local bound = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:size(1))
  self.weight:uniform(-bound, bound)
  self.diagCov:fill(1)
end

function WeightedEuclidean:updateOutput(input)
  local batch = distances.batch(input)
  local n, count = batch:size(1), self.weight:size(2)
  self._difference = distances.differences(batch, self.weight)
  local scaled = torch.cmul(self._difference, distances.over_batch(self.diagCov, n))
  self.output:norm(scaled, 2, 2):resize(n, count)
  if input:dim() == 1 then self.output:resize(count) end
  return self.output
end

--- gradOutput / output times the difference times one scale: N x inputSize x outputSize.
local function slopes(self, input, gradOutput)
  if not self.fastBackward then self:updateOutput(input) end
  local scales = distances.over_batch(self.diagCov, self._difference:size(1))
  return torch.cmul(self._difference, distances.ratio(gradOutput, self.output, self.weight:size(1))):cmul(scales), scales
end

function WeightedEuclidean:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  local slope, scales = slopes(self, input, gradOutput)
  return self.gradInput:sum(slope:cmul(scales), 3):resizeAs(input)
end

function WeightedEuclidean:accGradParameters(input, gradOutput, scale)
  scale = scale or 1
  local slope, scales = slopes(self, input, gradOutput)
  local forScales = torch.cmul(slope, self._difference):sum(1)
  -- both are worked out before either is added: accUpdateGradParameters adds to the scales themselves
  self.gradWeight:add(-scale, slope:cmul(scales):sum(1))
  self.gradDiagCov:add(scale, forScales)
end

function WeightedEuclidean:type(type, tensorCache)
  if type then self._difference = nil end
  return Module.type(self, type, tensorCache)
end

function WeightedEuclidean:parameters()
  return { self.weight, self.diagCov }, { self.gradWeight, self.gradDiagCov }
end

--- Steps weights and scales straight from this sample.
function WeightedEuclidean:accUpdateGradParameters(input, gradOutput, learningRate)
  local gradWeight, gradDiagCov = self.gradWeight, self.gradDiagCov
  self.gradWeight, self.gradDiagCov = self.weight, self.diagCov
  self:accGradParameters(input, gradOutput, -learningRate)
  self.gradWeight, self.gradDiagCov = gradWeight, gradDiagCov
end

function WeightedEuclidean:clearState()
  self._difference = nil
  return Module.clearState(self)
end
