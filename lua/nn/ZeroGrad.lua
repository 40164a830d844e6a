--- nn.ZeroGrad(): the identity, whose gradient is zero.
local ZeroGrad = torch.class('nn.ZeroGrad', 'nn.Module')

function ZeroGrad:updateOutput(input)
  return self.output:set(input)
end

--- The gradient has the nesting and sizes of the input.
function ZeroGrad:updateGradInput(input)
  self.gradInput = nn.utils.recursiveResizeAs(self.gradInput, input)
  return nn.utils.recursiveFill(self.gradInput, 0)
end
