--- nn.WhiteNoise([mean = 0[, std = 0.1]]): adds Gaussian noise in training.
local WhiteNoise, Module = torch.class('nn.WhiteNoise', 'nn.Module')

function WhiteNoise:__init(mean, std)
  Module.__init(self)
  self.mean = mean or 0
  self.std = std or 0.1
  self.noise = torch.Tensor()
end

function WhiteNoise:updateOutput(input)
  self.output:resizeAs(input):copy(input)
  if self.train ~= false then
    self.output:add(self.noise:resizeAs(input):normal(self.mean, self.std))
  elseif self.mean ~= 0 then
    self.output:add(self.mean)
  end
  return self.output
end

function WhiteNoise:updateGradInput(_, gradOutput)
  if self.train == false then error('backprop only defined while training', 2) end
  return self.gradInput:resizeAs(gradOutput):copy(gradOutput)
end

function WhiteNoise:clearState()
  if self.noise then self.noise:set() end
  return Module.clearState(self)
end

function WhiteNoise:__tostring__()
  return ('%s mean: %f, std: %f'):format(torch.type(self), self.mean, self.std)
end
