--- nn.Contiguous(): the input with contiguous strides: itself where it has them, else a copy.
local Contiguous = torch.class('nn.Contiguous', 'nn.Module')

local function contiguous(buffer, source)
  if source:isContiguous() then return buffer:set(source) end
  -- a buffer that was set on a source must not be written through
  if buffer:storage() and source:storage() and buffer:storage() == source:storage() then buffer:set() end
  return buffer:resize(source:size()):copy(source)
end

function Contiguous:updateOutput(input)
  return contiguous(self.output, input)
end

function Contiguous:updateGradInput(_, gradOutput)
  return contiguous(self.gradInput, gradOutput)
end
