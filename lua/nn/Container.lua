--- nn.Container(): base class of modules made of modules, kept in the list `self.modules`.
local locate = require 'nn.support.locate'

local Container, Module = torch.class('nn.Container', 'nn.Module')

function Container:__init(...)
  Module.__init(self, ...)
  self.modules = {}
end

function Container:add(module)
  table.insert(self.modules, module)
  return self
end

function Container:get(index)
  return self.modules[index]
end

function Container:size()
  return #self.modules
end

--- Calls module[funcName](module, …); an error raised below gains the line `In <index> module of <this type>:`.
function Container:rethrowErrors(module, moduleIndex, funcName, ...)
  if module ~= self.modules[moduleIndex] then
    error('mismatch between moduleIndex and self.modules in rethrowErrors', 2)
  end
  return locate.call(self, moduleIndex, module[funcName], module, ...)
end

function Container:applyToModules(func)
  for _, module in ipairs(self.modules) do func(module) end
end

-- What a container does by having each of its modules do it; where it has a state of its own, it follows.
for name, own_state in pairs { zeroGradParameters = false, updateParameters = false, reset = false, training = true, evaluate = true } do
  Container[name] = function(self, ...)
    for _, module in ipairs(self.modules) do module[name](module, ...) end
    if own_state then Module[name](self) end
  end
end

function Container:share(other, ...)
  for i, module in ipairs(self.modules) do module:share(other.modules[i], ...) end
  return self
end

function Container:parameters()
  local values, gradients = {}, {}
  for _, module in ipairs(self.modules) do
    local moduleValues, moduleGradients = module:parameters()
    for i, value in ipairs(moduleValues or {}) do
      values[#values + 1] = value
      gradients[#gradients + 1] = moduleGradients[i]
    end
  end
  return values, gradients
end

function Container:clearState()
  -- a table output may be the child's own table: dropping it must not empty the child's
  for _, name in ipairs { 'output', 'gradInput' } do
    local field = self[name]
    if torch.isTensor(field) then
      self[name] = field.new()
    elseif type(field) == 'table' then
      self[name] = {}
    end
  end
  self:applyToModules(function(module) module:clearState() end)
  return self
end
