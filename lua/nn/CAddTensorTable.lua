--- nn.CAddTensorTable(): from {tensor, {t1, t2, …}} the table {tensor + t1, tensor + t2, …}.
local CAddTensorTable, Module = torch.class('nn.CAddTensorTable', 'nn.Module')

function CAddTensorTable:__init()
  Module.__init(self)
  self.gradInput = {}
end

function CAddTensorTable:updateOutput(input)
  local common = input[1]
  local output = {}
  for i, tensor in ipairs(input[2]) do output[i] = tensor.new():resizeAs(tensor):add(common, tensor) end
  self.output = output
  return output
end

function CAddTensorTable:updateGradInput(input, gradOutput)
  local first = self.gradInput[1] or input[1].new()
  first:resizeAs(input[1]):copy(gradOutput[1])
  for i = 2, #input[2] do first:add(gradOutput[i]) end
  self.gradInput = { first, gradOutput }
  return self.gradInput
end
