--- nn.FeatureLPPooling(width, stride, power, batch_mode): the p-norm of each window of `width` features.
-- Input: features [x d1 [x d2]], or with batch_mode N x features [x d1 [x d2]].
local FeatureLPPooling, Module = torch.class('nn.FeatureLPPooling', 'nn.Module')

function FeatureLPPooling:__init(width, stride, power, batch_mode)
  Module.__init(self)
  if type(width) ~= 'number' or width < 2 then error('width must be at least 2', 2) end
  self.width, self.stride, self.power = width, stride, power
  self.batch_mode = batch_mode
end

local function arguments(self)
  if type(self.batch_mode) ~= 'boolean' then
    error('FeatureLPPooling: batch_mode (the 4th argument) must be true or false', 3)
  end
  return self.power, self.width, self.stride, self.batch_mode
end

function FeatureLPPooling:updateOutput(input)
  input.THNN.FeatureLPPooling_updateOutput(input, self.output, arguments(self))
  return self.output
end

function FeatureLPPooling:updateGradInput(input, gradOutput)
  input.THNN.FeatureLPPooling_updateGradInput(gradOutput, input, self.output, self.gradInput, arguments(self))
  return self.gradInput
end

function FeatureLPPooling:__tostring__()
  return ('%s(w%d s%d power %d batch %d'):format(torch.type(self), self.width, self.stride, self.power,
    self.batch_mode and 1 or 0)
end
