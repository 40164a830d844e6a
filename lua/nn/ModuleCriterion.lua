--- nn.ModuleCriterion(criterion[, inputModule[, targetModule[, castTarget = true]]]): a criterion on processed input and target.
local ModuleCriterion, Criterion = torch.class('nn.ModuleCriterion', 'nn.Criterion')

function ModuleCriterion:__init(criterion, inputModule, targetModule, castTarget)
  Criterion.__init(self)
  self.inputModule, self.targetModule = inputModule, targetModule
  self.castTarget = castTarget ~= false
  for _, module in pairs { input = inputModule, target = targetModule } do
    if not torch.isTypeOf(module, 'nn.Module') then
      error('ModuleCriterion: inputModule and targetModule must be modules, got ' .. torch.type(module), 2)
    end
  end
  if not torch.isTypeOf(criterion, 'nn.Criterion') then
    error('ModuleCriterion: criterion expected, got ' .. torch.type(criterion), 2)
  end
  self.criterion = criterion
end

function ModuleCriterion:updateOutput(input, target)
  self.input = self.inputModule and self.inputModule:forward(input) or nil
  self.target = self.targetModule and self.targetModule:forward(target) or nil
  self.output = self.criterion:forward(self.input or input, self.target or target)
  return self.output
end

function ModuleCriterion:updateGradInput(input, target)
  self.gradInput = self.criterion:backward(self.input or input, self.target or target)
  if self.inputModule then self.gradInput = self.inputModule:backward(input, self.gradInput) end
  return self.gradInput
end

function ModuleCriterion:type(type, tensorCache)
  local kept = self.targetModule
  if not self.castTarget then self.targetModule = nil end
  Criterion.type(self, type, tensorCache)
  self.targetModule = kept
  return self
end
