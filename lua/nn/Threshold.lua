--- nn.Threshold([th = 1e-6[, v = 0[, inplace = false]]]): x where x > th, else v. Any shape.
local Threshold, Module = torch.class('nn.Threshold', 'nn.Module')

function Threshold:__init(th, v, inplace)
  Module.__init(self)
  self.threshold = th or 1e-6
  self.val = v or 0
  if type(self.threshold) ~= 'number' or type(self.val) ~= 'number' then
    error(('nn.%s(threshold, value): numbers expected'):format(torch.type(self):sub(4)), 2)
  end
  self.inplace = inplace or false
  if type(self.inplace) ~= 'boolean' then error('in-place flag must be boolean', 2) end
  self:validateParameters()
end

local function arguments(self)
  return self.threshold, self.val, self.inplace or false
end

function Threshold:updateOutput(input)
  self:validateParameters()
  input.THNN.Threshold_updateOutput(input, self.output, arguments(self))
  return self.output
end

function Threshold:updateGradInput(input, gradOutput)
  self:validateParameters()
  input.THNN.Threshold_updateGradInput(input, gradOutput, self.gradInput, arguments(self))
  return self.gradInput
end

--- In place, a replaced element must not pass the threshold: the backward pass would take it for an original one.
function Threshold:validateParameters()
  if self.inplace and self.val > self.threshold then
    error(('in-place processing requires value (%g) not exceeding threshold (%g)'):format(self.val, self.threshold), 2)
  end
end
