--- nn.OneHot(outputSize): for each class number of the input (any shape) a vector with a 1 at its place.
local OneHot, Module = torch.class('nn.OneHot', 'nn.Module')

function OneHot:__init(outputSize)
  Module.__init(self)
  self.outputSize = outputSize
end

function OneHot:updateOutput(input)
  local size
  if type(input) == 'number' then
    -- one class number alone gives one vector
    self._single = (self._single or torch.LongTensor()):resize(1)
    self._single[1] = input
    input, size = self._single, torch.LongStorage { self.outputSize }
  else
    size = torch.LongStorage(input:dim() + 1)
    for d = 1, input:dim() do size[d] = input:size(d) end
    size[#size] = self.outputSize
  end
  local cuda = torch.typename(self.output):find('torch%.Cuda')
  self._places = self._places or (cuda and (torch.CudaLongTensor or torch.CudaTensor)() or torch.LongTensor())
  self._places:resize(input:nElement(), 1):copy(input)
  self.output:resize(input:nElement(), self.outputSize):zero()
  self.output:scatter(2, self._places, 1)
  return self.output:resize(size)
end

--- Zeros: class numbers have no gradient.
function OneHot:updateGradInput(input)
  if type(input) == 'number' then
    self.gradInput = 0
  else
    if not torch.isTensor(self.gradInput) then self.gradInput = self.output.new() end
    self.gradInput:resize(input:size()):zero()
  end
  return self.gradInput
end

function OneHot:clearState()
  self._single, self._places = nil, nil
  return Module.clearState(self)
end

function OneHot:type(type, tensorCache)
  if type then self._single, self._places = nil, nil end
  return Module.type(self, type, tensorCache)
end
