--- nn.WeightedMSECriterion(w): MSE between the input and the target multiplied by w (element by element, sample by sample).
local WeightedMSECriterion, MSECriterion = torch.class('nn.WeightedMSECriterion', 'nn.MSECriterion')

function WeightedMSECriterion:__init(w)
  MSECriterion.__init(self)
  self.weight = w:clone()
end

local function weighted(self, input, target)
  self.buffer = (self.buffer or input.new()):resizeAs(input):copy(target)
  local weight = self.weight
  if input:dim() - 1 == weight:dim() then
    weight = nn.utils.addSingletonDimension(weight, 1):expandAs(self.buffer)
  end
  return self.buffer:cmul(weight)
end

function WeightedMSECriterion:updateOutput(input, target)
  return MSECriterion.updateOutput(self, input, weighted(self, input, target))
end

function WeightedMSECriterion:updateGradInput(input, target)
  return MSECriterion.updateGradInput(self, input, weighted(self, input, target))
end
