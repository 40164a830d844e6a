--- nn.Collapse(nInputDim): joins the last nInputDim dimensions of the input into one.
local Collapse, Module = torch.class('nn.Collapse', 'nn.Module')

function Collapse:__init(nInputDim)
  Module.__init(self)
  self.nInputDim = nInputDim
end

function Collapse:updateOutput(input)
  local kept = input:dim() - self.nInputDim
  local size = torch.LongStorage(kept + 1)
  for d = 1, kept do size[d] = input:size(d) end
  size[kept + 1] = -1
  return self.output:view(input:contiguous(), size)
end

function Collapse:updateGradInput(input, gradOutput)
  return self.gradInput:view(gradOutput:contiguous(), input:size())
end

function Collapse:clearState()
  self.output:set()
  self.gradInput:set()
  nn.utils.clear(self, '_input', '_gradOutput')
  return Module.clearState(self)
end
