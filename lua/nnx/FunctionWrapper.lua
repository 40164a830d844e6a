--- nn.FunctionWrapper(init, updateOutput, updateGradInput): a module made of three functions, which get it first.
local FunctionWrapper, Module = torch.class('nn.FunctionWrapper', 'nn.Module')

function FunctionWrapper:__init(init, updateOutput, updateGradInput)
  Module.__init(self)
  init(self)
  self.fn_updateOutput = updateOutput
  self.fn_updateGradInput = updateGradInput
end

function FunctionWrapper:updateOutput(input)
  self.output = self:fn_updateOutput(input)
  return self.output
end

function FunctionWrapper:updateGradInput(input, gradOutput)
  self.gradInput = self:fn_updateGradInput(input, gradOutput)
  return self.gradInput
end
