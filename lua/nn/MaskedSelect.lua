--- nn.MaskedSelect(): from {tensor, mask (ByteTensor)} the elements where the mask is 1, as a vector.
local MaskedSelect, Module = torch.class('nn.MaskedSelect', 'nn.Module')

function MaskedSelect:__init()
  Module.__init(self)
  self._maskIndices, self._maskIndexBuffer = torch.LongTensor(), torch.LongTensor()
  self._maskIndexBufferCPU = torch.FloatTensor()
  self._gradBuffer, self._gradMask = torch.Tensor(), torch.ByteTensor()
end

function MaskedSelect:updateOutput(input)
  self.output:maskedSelect(input[1], input[2])
  return self.output
end

function MaskedSelect:updateGradInput(input, gradOutput)
  local tensor, mask = input[1], input[2]
  self._gradBuffer:resize(tensor:size()):zero()
  self._gradBuffer:maskedCopy(mask, gradOutput)
  self._gradMask:resize(mask:size()):fill(0)
  self.gradInput = { self._gradBuffer, self._gradMask }
  return self.gradInput
end

--- Converts values; masks and places keep integer types.
function MaskedSelect:type(type, tensorCache)
  if not type then return self._type end
  local kept = { _maskIndices = self._maskIndices, _maskIndexBuffer = self._maskIndexBuffer,
                 _maskIndexBufferCPU = self._maskIndexBufferCPU, _gradMask = self._gradMask }
  for name in pairs(kept) do self[name] = nil end
  self.gradInput = self._gradBuffer.new()
  Module.type(self, type, tensorCache)
  for name, tensor in pairs(kept) do self[name] = tensor end
  return self
end

function MaskedSelect:clearState()
  return nn.utils.clear(self, 'output', 'gradInput', '_maskIndexBuffer', '_maskIndexBufferCPU', '_maskIndices',
    '_gradBuffer', '_gradMask')
end
