--- nn.MapTable([module[, shared = true]]): applies copies of one module to the elements of the input table.
-- The copies share parameters unless `shared` is false (or names the fields to share).
local MapTable, Container = torch.class('nn.MapTable', 'nn.Container')

local PARAMETERS = { 'weight', 'bias', 'gradWeight', 'gradBias' }

function MapTable:__init(module, shared)
  Container.__init(self)
  if shared == nil then shared = true end
  self.shared = shared
  self.sharedparams = { unpack(PARAMETERS) }
  self.output = {}
  self.gradInput = {}
  self:add(module)
end

--- Makes sure that there are copies for n elements.
function MapTable:_extend(n)
  self.sharedparams = self.sharedparams or { unpack(PARAMETERS) }
  self.modules[1] = self.module
  for i = #self.modules + 1, n do
    if self.shared then
      self.modules[i] = self.module:clone(unpack(self.sharedparams))
    else
      self.modules[i] = self.module:clone()
    end
  end
end

--- Keeps copies for exactly n elements.
function MapTable:resize(n)
  self:_extend(n)
  for i = #self.modules, n + 1, -1 do table.remove(self.modules, i):clearState() end
end

function MapTable:add(module)
  if self.module then error('Single module required', 2) end
  self.module = module
  self.modules[1] = module
  return self
end

local function each(self, method, input, gradOutput, number)
  local results = {}
  self:_extend(#input)
  for i = 1, #input do
    results[i] = self:rethrowErrors(self.modules[i], i, method, input[i], gradOutput and gradOutput[i], number)
  end
  return results
end

function MapTable:updateOutput(input)
  self.output = each(self, 'updateOutput', input)
  return self.output
end

function MapTable:updateGradInput(input, gradOutput)
  self.gradInput = each(self, 'updateGradInput', input, gradOutput)
  return self.gradInput
end

function MapTable:accGradParameters(input, gradOutput, scale)
  each(self, 'accGradParameters', input, gradOutput, scale or 1)
end

function MapTable:accUpdateGradParameters(input, gradOutput, learningRate)
  each(self, 'accUpdateGradParameters', input, gradOutput, learningRate or 1)
end

--- Shared gradients must be cleared and applied once, not once a copy.
local function once_if_shared(method)
  return function(self, ...)
    if not self.module then return end
    if self.shared then return self.module[method](self.module, ...) end
    return Container[method](self, ...)
  end
end

MapTable.zeroGradParameters = once_if_shared('zeroGradParameters')
MapTable.updateParameters = once_if_shared('updateParameters')

function MapTable:clearState()
  for i = #self.modules, 2, -1 do table.remove(self.modules, i):clearState() end
  return Container.clearState(self)
end

function MapTable:__tostring__()
  if not self.module then return torch.type(self) .. ' { }' end
  local text = tostring(self.module):gsub('\n', '\n        ')
  return ('%s {\n  %s\n}'):format(torch.type(self), text)
end
