--- nn.Dropout([p = 0.5[, v1 = false[, inplace = false[, stochasticInference = false]]]])
-- Zeroes each element with probability p in training, and scales the others by 1 / (1 - p) (Srivastava et al., 2014).
-- With v1 the scaling happens in evaluation instead, by 1 - p.
local Dropout, Module = torch.class('nn.Dropout', 'nn.Module')

function Dropout:__init(p, v1, inplace, stochasticInference)
  Module.__init(self)
  self.p = p or 0.5
  self.train = true
  self.inplace = inplace
  self.stochastic_inference = stochasticInference or false
  self.v2 = not v1
  if self.p >= 1 or self.p < 0 then
    error('<Dropout> illegal percentage, must be 0 <= p < 1', 2)
  end
  self.noise = torch.Tensor()
end

local function active(self)
  return self.p > 0 and (self.train or self.stochastic_inference)
end

function Dropout:updateOutput(input)
  if self.inplace then
    self.output:set(input)
  else
    self.output:resizeAs(input):copy(input)
  end
  if active(self) then
    self.noise:resizeAs(input):bernoulli(1 - self.p)
    if self.v2 then self.noise:div(1 - self.p) end
    self.output:cmul(self.noise)
  elseif not self.v2 then
    self.output:mul(1 - self.p)
  end
  return self.output
end

function Dropout:updateGradInput(_, gradOutput)
  local masked = self.train and self.p > 0
  if self.inplace then
    self.gradInput:set(gradOutput)
    if masked then self.gradInput:cmul(self.noise) end
  elseif masked then
    self.gradInput:cmul(gradOutput, self.noise)
  else
    self.gradInput:resizeAs(gradOutput):copy(gradOutput)
  end
  if not self.train and not self.v2 and self.p > 0 then self.gradInput:mul(1 - self.p) end
  return self.gradInput
end

function Dropout:setp(p)
  self.p = p
end

function Dropout:clearState()
  if self.noise then self.noise:set() end
  return Module.clearState(self)
end

function Dropout:__tostring__()
  return ('%s(%f)'):format(torch.type(self), self.p)
end
