--- nn.MultiSoftMax(): the softmax over the last dimension of a 2-D or 3-D input.
local MultiSoftMax = torch.class('nn.MultiSoftMax', 'nn.Module')

local function rows(tensor) return tensor:contiguous():view(-1, tensor:size(tensor:dim())) end

function MultiSoftMax:updateOutput(input)
  if input:dim() ~= 2 and input:dim() ~= 3 then
    error(('nn.MultiSoftMax: 2D or 3D input expected, got %dD'):format(input:dim()), 2)
  end
  input.THNN.SoftMax_updateOutput(rows(input):cdata(), self.output:cdata())
  self.output = self.output:viewAs(input)
  return self.output
end

function MultiSoftMax:updateGradInput(input, gradOutput)
  input.THNN.SoftMax_updateGradInput(rows(input):cdata(), rows(gradOutput):cdata(), self.gradInput:cdata(),
    rows(self.output):cdata())
  self.gradInput = self.gradInput:viewAs(input)
  return self.gradInput
end
