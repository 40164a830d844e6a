--- nn.CriterionTable(criterion): a criterion as a module: input {prediction, target}, output the loss.
local CriterionTable, Module = torch.class('nn.CriterionTable', 'nn.Module')

function CriterionTable:__init(criterion)
  Module.__init(self)
  self.criterion = criterion
  self.gradInput = { criterion.gradInput }
end

function CriterionTable:updateOutput(input)
  self.output = self.criterion:updateOutput(unpack(input))
  return self.output
end

function CriterionTable:updateGradInput(input)
  self.gradInput = { self.criterion:updateGradInput(unpack(input)) }
  return self.gradInput
end
