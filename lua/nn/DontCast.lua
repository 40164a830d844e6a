--- nn.DontCast(module[, castin = false[, castout = castin[, moduleType]]]): keeps `module` of its type when type() is called.
-- With castin its inputs (and input gradients), with castout its outputs (and output gradients), are converted on the way.
local DontCast, Decorator = torch.class('nn.DontCast', 'nn.Decorator')

--- A copy of nested tensors in another type, into `destination` where its parts can be reused.
local function converted(destination, source, typename)
  if torch.isTensor(source) then
    if torch.type(destination) ~= typename then destination = torch.getmetatable(typename).new() end
    destination:resize(source:size())
    if source:nElement() > 0 then destination:copy(source) end
  elseif torch.type(source) == 'table' then
    if torch.type(destination) ~= 'table' then destination = {} end
    for key, part in pairs(source) do destination[key] = converted(destination[key], part, typename) end
  end
  return destination
end

--- Type name of the first tensor found in a tensor or (nested) table; nil without one.
local function tensor_type(value)
  if torch.isTensor(value) then return torch.type(value) end
  if type(value) ~= 'table' then return nil end
  for _, part in pairs(value) do
    local found = tensor_type(part)
    if found then return found end
  end
end

function DontCast:__init(module, castin, castout, moduleType)
  Decorator.__init(self, module)
  self.castin = castin
  if castout == nil then castout = castin end
  self.castout = castout
  self.moduleType = moduleType
  if (castin or castout) and not moduleType then
    self.moduleType = tensor_type(module.output) or tensor_type((module:parameters()))
    if not self.moduleType then error('Cannot extrapolate moduleType. Provide constructor argument 4', 2) end
  end
end

local function inner_input(self, input)
  if not self.castin or tensor_type(input) == self.moduleType then return input end
  return self._input
end

local function inner_gradient(self, gradOutput, refresh)
  if not self.castout or tensor_type(gradOutput) == self.moduleType then return gradOutput end
  if refresh then self._gradOutput = converted(self._gradOutput, gradOutput, self.moduleType) end
  return self._gradOutput
end

function DontCast:updateOutput(input)
  if self.castin and tensor_type(input) ~= self.moduleType then
    self._input = converted(self._input, input, self.moduleType)
  end
  local output = self.modules[1]:updateOutput(inner_input(self, input))
  if self.castout then
    self.output = converted(self.output, output, tensor_type(self.output) or self._type)
  else
    self.output = output
  end
  return self.output
end

function DontCast:updateGradInput(input, gradOutput)
  local gradient = self.modules[1]:updateGradInput(inner_input(self, input), inner_gradient(self, gradOutput, true))
  if self.castin then
    self.gradInput = converted(self.gradInput, gradient, tensor_type(self.gradInput) or self._type)
  else
    self.gradInput = gradient
  end
  return self.gradInput
end

function DontCast:accGradParameters(input, gradOutput, scale)
  self.modules[1]:accGradParameters(inner_input(self, input), inner_gradient(self, gradOutput), scale)
end

function DontCast:accUpdateGradParameters(input, gradOutput, learningRate)
  self.modules[1]:accUpdateGradParameters(inner_input(self, input), inner_gradient(self, gradOutput), learningRate)
end

function DontCast:sharedAccUpdateGradParameters(input, gradOutput, learningRate)
  self.modules[1]:sharedAccUpdateGradParameters(inner_input(self, input), inner_gradient(self, gradOutput), learningRate)
end

--- Converts only what the outside sees: the output with castout, the input gradient with castin.
function DontCast:type(type)
  if not type then return self._type end
  if self.castout then self.output = converted(nil, self.output, type) end
  if self.castin then self.gradInput = converted(nil, self.gradInput, type) end
  return self
end
