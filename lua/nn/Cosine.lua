--- nn.Cosine(inputSize, outputSize): cosine of the angle between the input and each of outputSize weight vectors.
-- Input: inputSize or N x inputSize. weight: outputSize x inputSize.
local Cosine, Module = torch.class('nn.Cosine', 'nn.Module')

local TINY = 1e-12 -- added to lengths, so that zero vectors give 0

function Cosine:__init(inputSize, outputSize)
  Module.__init(self)
  self.weight, self.gradWeight = torch.Tensor(outputSize, inputSize), torch.Tensor(outputSize, inputSize)
  self:reset()
end

function Cosine:reset(stdv)
  local bound = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:size(1))
  self.weight:uniform(-bound, bound)
end

local function as_batch(tensor)
  if tensor:dim() == 1 then return tensor:contiguous():view(1, tensor:size(1)) end
  if tensor:dim() == 2 then return tensor end
  error('input must be vector or matrix', 3)
end

function Cosine:updateOutput(input)
  local batch = as_batch(input)
  local count = self.weight:size(1)
  self._weightNorm = torch.norm(self.weight, 2, 2):add(TINY)
  self._inputNorm = torch.norm(batch, 2, 2):add(TINY)
  self.output:resize(batch:size(1), count):mm(batch, self.weight:t())
  self.output:cdiv(self._weightNorm:view(1, count):expandAs(self.output))
  self.output:cdiv(self._inputNorm:expandAs(self.output))
  if input:dim() == 1 then self.output:resize(count) end
  return self.output
end

--- gradOutput divided by the weight vectors' lengths, and the sum over outputs of gradOutput times output.
function Cosine:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  local batch, gradient, output = as_batch(input), as_batch(gradOutput), as_batch(self.output)
  local scaled = torch.cdiv(gradient, self._weightNorm:view(1, output:size(2)):expandAs(gradient))
  self.gradInput:resizeAs(batch):mm(scaled, self.weight):cdiv(self._inputNorm:expandAs(batch))
  local along = torch.cmul(gradient, output):sum(2):cdiv(self._inputNorm):cdiv(self._inputNorm)
  self.gradInput:addcmul(-1, along:expandAs(batch), batch)
  return self.gradInput:resize(input:size())
end

function Cosine:accGradParameters(input, gradOutput, scale)
  local batch, gradient, output = as_batch(input), as_batch(gradOutput), as_batch(self.output)
  local count = self.weight:size(1)
  local scaled = torch.cdiv(gradient, self._inputNorm:expandAs(gradient))
  local change = torch.mm(scaled:t(), batch):cdiv(self._weightNorm:expandAs(self.weight))
  local along = torch.cmul(gradient, output):sum(1):view(count, 1):cdiv(self._weightNorm):cdiv(self._weightNorm)
  change:addcmul(-1, along:expandAs(self.weight), self.weight)
  self.gradWeight:add(scale or 1, change)
end

function Cosine:type(type, tensorCache)
  if type then self._weightNorm, self._inputNorm = nil, nil end
  return Module.type(self, type, tensorCache)
end

function Cosine:clearState()
  nn.utils.clear(self, '_input', '_weight', '_gradOutput', '_sum', '_inputNorm', '_weightNorm')
  return Module.clearState(self)
end
