--- nn.Constant(value[, nInputDim]): always the same tensor (or number), once a sample where the input is a batch.
-- nInputDim: how many dimensions a sample has; without it the output is the value itself.
local Constant, Module = torch.class('nn.Constant', 'nn.Module')

function Constant:__init(value, nInputDim)
  Module.__init(self)
  self.value = type(value) == 'number' and torch.Tensor { value } or value
  if not torch.isTensor(self.value) then error('Expecting number or tensor at arg 1', 2) end
  self.nInputDim = nInputDim
end

function Constant:updateOutput(input)
  if self.nInputDim and input:dim() > self.nInputDim then
    local size = torch.LongStorage(self.value:dim() + 1)
    size[1] = input:size(1)
    for d = 1, self.value:dim() do size[d + 1] = self.value:size(d) end
    self.output:resize(size)
    self.output:copy(nn.utils.addSingletonDimension(self.value, 1):expandAs(self.output))
  else
    self.output:resize(self.value:size()):copy(self.value)
  end
  return self.output
end

function Constant:updateGradInput(input)
  return self.gradInput:resizeAs(input):zero()
end
