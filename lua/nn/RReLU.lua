--- nn.RReLU([lower = 1/8[, upper = 1/3[, inplace = false]]]): x where positive, a x elsewhere.
-- a is drawn uniformly from [lower, upper] for each such element in training, and their mean in evaluation (Xu et al., 2015).
local RReLU, Module = torch.class('nn.RReLU', 'nn.Module')

function RReLU:__init(lower, upper, inplace)
  Module.__init(self)
  self.lower = lower or 1 / 8
  self.upper = upper or 1 / 3
  if self.lower > self.upper or self.lower < 0 then
    error(('RReLU: 0 <= lower <= upper expected, got %g and %g'):format(self.lower, self.upper), 2)
  end
  self.noise = torch.Tensor()
  self.train = true
  self.inplace = inplace or false
end

function RReLU:updateOutput(input)
  input.THNN.RReLU_updateOutput(input, self.output, self.noise, self.lower, self.upper, self.train, self.inplace, nil)
  return self.output
end

function RReLU:updateGradInput(input, gradOutput)
  input.THNN.RReLU_updateGradInput(input, gradOutput, self.gradInput, self.noise, self.lower, self.upper, self.train,
    self.inplace)
  return self.gradInput
end

function RReLU:clearState()
  if self.noise then self.noise:set() end
  return Module.clearState(self)
end

function RReLU:__tostring__()
  return ('%s (l:%f, u:%f)'):format(torch.type(self), self.lower, self.upper)
end
