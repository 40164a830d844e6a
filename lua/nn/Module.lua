--- nn.Module(): base class of every layer.
-- A module turns `input` (tensor or nested table of tensors) into `self.output` and a gradient with respect to that output
-- into `self.gradInput`; both are buffers that keep their identity from call to call.
local utils = require 'nn.utils'
local flatten = require 'nn.support.flatten'

local Module = torch.class('nn.Module')

function Module:__init()
  self.gradInput = torch.Tensor()
  self.output = torch.Tensor()
  self._type = self.output:type()
end

function Module:reset()
end

--- Returns the list of parameters and the list of their gradients; nothing where the module has none.
function Module:parameters()
  local values, gradients = {}, {}
  for _, name in ipairs { 'weight', 'bias' } do
    if self[name] then
      values[#values + 1] = self[name]
      gradients[#gradients + 1] = self[name == 'weight' and 'gradWeight' or 'gradBias']
    end
  end
  if #values > 0 then return values, gradients end
end

function Module:updateOutput()
  return self.output
end

function Module:forward(input)
  return self:updateOutput(input)
end

function Module:backward(input, gradOutput, scale)
  self:updateGradInput(input, gradOutput)
  self:accGradParameters(input, gradOutput, scale or 1)
  return self.gradInput
end

--- Like backward, but steps the parameters by -learningRate times their gradient instead of accumulating it.
function Module:backwardUpdate(input, gradOutput, learningRate)
  self:updateGradInput(input, gradOutput)
  self:accUpdateGradParameters(input, gradOutput, learningRate)
  return self.gradInput
end

function Module:updateGradInput()
  return self.gradInput
end

function Module:accGradParameters()
end

function Module:accUpdateGradParameters(input, gradOutput, learningRate)
  local update = self.shared and self.sharedAccUpdateGradParameters or self.defaultAccUpdateGradParameters
  return update(self, input, gradOutput, learningRate)
end

--- Accumulates straight into the parameters: correct only where no other module shares them.
function Module:defaultAccUpdateGradParameters(input, gradOutput, learningRate)
  local gradWeight, gradBias = self.gradWeight, self.gradBias
  self.gradWeight, self.gradBias = self.weight, self.bias
  self:accGradParameters(input, gradOutput, -learningRate)
  self.gradWeight, self.gradBias = gradWeight, gradBias
end

function Module:sharedAccUpdateGradParameters(input, gradOutput, learningRate)
  if not self:parameters() then return end
  self:zeroGradParameters()
  self:accGradParameters(input, gradOutput, 1)
  self:updateParameters(learningRate)
end

function Module:zeroGradParameters()
  local _, gradients = self:parameters()
  for _, gradient in ipairs(gradients or {}) do gradient:zero() end
end

function Module:updateParameters(learningRate)
  local values, gradients = self:parameters()
  for i, value in ipairs(values or {}) do value:add(-learningRate, gradients[i]) end
end

function Module:training()
  self.train = true
end

function Module:evaluate()
  self.train = false
end

--- Makes the named fields views of the same fields of `other`; both then count as shared.
function Module:share(other, ...)
  for _, name in ipairs { ... } do
    if self[name] ~= nil then
      self[name]:set(other[name])
      self.shared, other.shared = true, true
    end
  end
  return self
end

--- A deep copy through serialization; the named fields are shared with the original.
function Module:clone(...)
  local copy = require('nn.support.copy')(self)
  if select('#', ...) > 0 then copy:share(self, ...) end
  return copy
end

--- Without argument the type name; otherwise converts every tensor reachable from the module's fields.
-- Tensors that share a storage share the converted one. `tensorCache` carries that across several calls.
function Module:type(type, tensorCache)
  if not type then return self._type end
  tensorCache = tensorCache or {}
  for name, value in pairs(self) do
    self[name] = utils.recursiveType(value, type, tensorCache)
  end
  self._type = type
  return self
end

function Module:clearState()
  return utils.clear(self, 'output', 'gradInput')
end

function Module:float(...) return self:type('torch.FloatTensor', ...) end
function Module:double(...) return self:type('torch.DoubleTensor', ...) end
function Module:cuda(...) return self:type('torch.CudaTensor', ...) end

function Module:write(file)
  local fields = {}
  for name, value in pairs(self) do fields[name] = value end
  file:writeObject(fields)
end

function Module:read(file)
  for name, value in pairs(file:readObject()) do self[name] = value end
end

--- Moves `parameters` into one contiguous vector and returns it (see nn.support.flatten).
function Module.flatten(parameters)
  return flatten(parameters)
end

--- Flattens all parameters and all gradients; returns the two vectors, over which the module's tensors become views.
function Module:getParameters()
  local values, gradients = self:parameters()
  local flat, flatGradients = flatten(values), flatten(gradients)
  for i, value in ipairs(values or {}) do
    if value:storageOffset() ~= gradients[i]:storageOffset() or value:nElement() ~= gradients[i]:nElement() then
      error(('misaligned parameter at %d (check that you are sharing parameters and gradParameters)'):format(i), 2)
    end
  end
  return flat, flatGradients
end

function Module:__call__(input, gradOutput)
  self:forward(input)
  if not gradOutput then return self.output end
  self:backward(input, gradOutput)
  return self.output, self.gradInput
end

--- Calls `callback` on this module, then on every module below it.
function Module:apply(callback)
  callback(self)
  for _, child in ipairs(self.modules or {}) do child:apply(callback) end
end

--- Modules below (and including) this one whose type name is exactly `typename`, and the container of each.
function Module:findModules(typename, container)
  local found, containers = {}, {}
  local function visit(module, parent)
    if torch.typename(module) == typename then
      found[#found + 1], containers[#containers + 1] = module, parent
    end
    if type(module.modules) == 'table' then
      for _, child in ipairs(module.modules) do visit(child, module) end
    end
  end
  visit(self, container or self)
  return found, containers
end

--- This module and all below it, parents before children.
function Module:listModules()
  local list = {}
  local function visit(node)
    if torch.isTypeOf(node, 'nn.Module') then
      list[#list + 1] = node
      node = node.modules
    end
    if type(node) == 'table' then
      for _, child in ipairs(node) do visit(child) end
    end
  end
  visit(self)
  return list
end

--- Replaces this module and every module below it by what `callback` returns for it.
function Module:replace(callback)
  local replacement = callback(self)
  for i, child in ipairs(self.modules or {}) do self.modules[i] = child:replace(callback) end
  return replacement
end
