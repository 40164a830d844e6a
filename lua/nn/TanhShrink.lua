--- nn.TanhShrink(): x - tanh(x), any shape.
local TanhShrink, Module = torch.class('nn.TanhShrink', 'nn.Module')

function TanhShrink:__init()
  Module.__init(self)
  self.tanh = nn.Tanh()
end

function TanhShrink:updateOutput(input)
  return self.output:add(input, -1, self.tanh:updateOutput(input))
end

function TanhShrink:updateGradInput(input, gradOutput)
  return self.gradInput:add(gradOutput, -1, self.tanh:updateGradInput(input, gradOutput))
end

function TanhShrink:clearState()
  self.tanh:clearState()
  return Module.clearState(self)
end
