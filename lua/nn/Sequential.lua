--- nn.Sequential(): children applied one after the other; `#model` is their number.
local outline = require 'nn.support.outline'

local Sequential = torch.class('nn.Sequential', 'nn.Container')

function Sequential:__len()
  return #self.modules
end

function Sequential:add(module)
  if #self.modules == 0 then self.gradInput = module.gradInput end
  self.modules[#self.modules + 1] = module
  self.output = module.output
  return self
end

local function follow_ends(self)
  local first, last = self.modules[1], self.modules[#self.modules]
  self.gradInput = first and first.gradInput or torch.Tensor():type(self._type)
  self.output = last and last.output or torch.Tensor():type(self._type)
end

--- Inserts before place `index`; at the end without it.
function Sequential:insert(module, index)
  index = index or #self.modules + 1
  if index > #self.modules + 1 or index < 1 then
    error(('index %d is outside of the range 1 to %d'):format(index, #self.modules + 1), 2)
  end
  table.insert(self.modules, index, module)
  follow_ends(self)
end

--- Removes and returns the module at `index`; the last one without it.
function Sequential:remove(index)
  index = index or #self.modules
  if index > #self.modules or index < 1 then
    error(('index %d is outside of the range 1 to %d'):format(index, #self.modules), 2)
  end
  local removed = table.remove(self.modules, index)
  follow_ends(self)
  return removed
end

function Sequential:updateOutput(input)
  local current = input
  local modules = self.modules
  for i = 1, #modules do
    current = self:rethrowErrors(modules[i], i, 'updateOutput', current)
  end
  self.output = current
  return current
end

--- Runs `step(module, index, its input, its gradOutput)` from the last module to the first; returns the last result.
local function backwards(self, input, gradOutput, step)
  local modules = self.modules
  local gradient = gradOutput
  for i = #modules, 1, -1 do
    gradient = step(modules[i], i, i > 1 and modules[i - 1].output or input, gradient)
  end
  return gradient
end

function Sequential:updateGradInput(input, gradOutput)
  self.gradInput = backwards(self, input, gradOutput, function(module, i, fed, gradient)
    return self:rethrowErrors(module, i, 'updateGradInput', fed, gradient)
  end)
  return self.gradInput
end

function Sequential:accGradParameters(input, gradOutput, scale)
  backwards(self, input, gradOutput, function(module, i, fed, gradient)
    self:rethrowErrors(module, i, 'accGradParameters', fed, gradient, scale or 1)
    return module.gradInput
  end)
end

function Sequential:backward(input, gradOutput, scale)
  local modules = self.modules
  local gradient = gradOutput
  for i = #modules, 1, -1 do
    gradient = self:rethrowErrors(modules[i], i, 'backward', i > 1 and modules[i - 1].output or input, gradient,
      scale or 1)
    -- a child may answer with another tensor than the one it keeps
    modules[i].gradInput = gradient
  end
  self.gradInput = gradient
  return gradient
end

function Sequential:accUpdateGradParameters(input, gradOutput, learningRate)
  backwards(self, input, gradOutput, function(module, i, fed, gradient)
    self:rethrowErrors(module, i, 'accUpdateGradParameters', fed, gradient, learningRate)
    return module.gradInput
  end)
end

function Sequential:__tostring__()
  return outline.chain(self)
end
