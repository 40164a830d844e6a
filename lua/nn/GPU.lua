--- nn.GPU(module, device[, outdevice = device]): keeps `module` on one GPU; input and gradients travel there and back.
-- With tensors of CPU types it does nothing but call the module.
local outline = require 'nn.support.outline'

local GPU, Container = torch.class('nn.GPU', 'nn.Container')

local function is_cuda(typename)
  return typename:find('torch%.Cuda.*Tensor') ~= nil
end

--- Calls fn with the module's device current, where the module is on a GPU at all.
local function on_device(self, fn)
  if not is_cuda(self._type) then return fn() end
  return cutorch.withDevice(self.device, fn) -- luacheck: ignore 113
end

function GPU:__init(module, device, outdevice)
  Container.__init(self)
  if type(device) ~= 'number' then error('GPU: a device number expected, got ' .. torch.type(device), 2) end
  if not torch.isTypeOf(module, 'nn.Module') then error('GPU: a module expected, got ' .. torch.type(module), 2) end
  self.device = device
  self.outdevice = outdevice or device
  self.modules[1] = module
  if is_cuda(module:type()) then self:type(module:type()) end
end

--- Moves every CUDA tensor reachable from `object` to `device`, other GPU modules aside.
function GPU.recursiveModuleDevice(object, device)
  if torch.isTensor(object) then
    if is_cuda(torch.type(object)) and object:getDevice() ~= device then return object:clone() end
  elseif type(object) == 'table' and not torch.isTypeOf(object, 'nn.GPU') and not object.__noGPU__ then
    for key, value in pairs(object) do object[key] = GPU.recursiveModuleDevice(value, device) end
  end
  return object
end

function GPU:setDevice(device)
  self.device = device or self.device
  self.modules[1] = on_device(self, function() return self.recursiveModuleDevice(self.modules[1], self.device) end)
  return self
end

--- Copies of the tensors of `source` on the device that `proto` (a number, tensor or table of those) names.
function GPU.recursiveSetDevice(destination, source, proto)
  if torch.type(source) == 'table' then
    local copies = torch.type(destination) == 'table' and destination or {}
    for key, value in ipairs(source) do
      copies[key] = GPU.recursiveSetDevice(copies[key], value, torch.type(proto) == 'table' and proto[key] or proto)
    end
    for key = #source + 1, #copies do copies[key] = nil end
    return copies
  end
  local device = torch.isTensor(proto) and proto:getDevice() or proto
  if type(device) ~= 'number' then error('Expecting number, table or tensor for arg 3 (proto)', 2) end
  local typename = torch.type(source)
  if not is_cuda(typename) or source:getDevice() == device or source:getDevice() == 0 then return source end
  if torch.type(destination) ~= typename or destination:getDevice() ~= device then destination = source.new() end
  cutorch.withDevice(device, function() destination:resizeAs(source):copy(source) end) -- luacheck: ignore 113
  return destination
end

function GPU:updateOutput(input)
  if not is_cuda(self._type) then
    self.output = self.modules[1]:updateOutput(input)
    return self.output
  end
  self._input = self.recursiveSetDevice(self._input, input, self.device)
  local output = on_device(self, function() return self.modules[1]:updateOutput(self._input) end)
  if self.device ~= self.outdevice then output = self.recursiveSetDevice(self.output, output, self.outdevice) end
  self.output = output
  return output
end

function GPU:updateGradInput(input, gradOutput)
  if not is_cuda(self._type) then
    self.gradInput = self.modules[1]:updateGradInput(input, gradOutput)
    return self.gradInput
  end
  self._gradOutput = self.recursiveSetDevice(self._gradOutput, gradOutput, self.device)
  local gradient = on_device(self, function() return self.modules[1]:updateGradInput(self._input, self._gradOutput) end)
  self.gradInput = self.recursiveSetDevice(self.gradInput, gradient, input)
  return self.gradInput
end

function GPU:accGradParameters(input, gradOutput, scale)
  if is_cuda(self._type) then input, gradOutput = self._input, self._gradOutput end
  on_device(self, function() self.modules[1]:accGradParameters(input, gradOutput, scale) end)
end

function GPU:apply(callback)
  on_device(self, function() Container.apply(self, callback) end)
end

function GPU:type(type, tensorCache)
  if not type then return self._type end
  self.output, self.gradInput, self._input, self._gradOutput = nil, nil, nil, nil
  if is_cuda(type) then
    cutorch.withDevice(self.device, function() Container.type(self, type, tensorCache) end) -- luacheck: ignore 113
    self:setDevice()
  else
    Container.type(self, type, tensorCache)
  end
  return self
end

-- everything else runs on the module's device and returns what the container returns
for _, method in ipairs { 'clearState', 'zeroGradParameters', 'updateParameters', 'training', 'evaluate', 'share', 'reset',
                          'clone' } do
  GPU[method] = function(self, ...)
    local arguments, count = { ... }, select('#', ...)
    if method == 'clearState' then self._input, self._gradOutput = nil, nil end
    local result = on_device(self, function() return Container[method](self, unpack(arguments, 1, count)) end)
    return result == nil and self or result
  end
end

--- The type and device come first, so that reading can choose the device before it makes tensors.
function GPU:write(file)
  local fields = {}
  for name, value in pairs(self) do fields[name] = value end
  file:writeObject { self._type, self.device }
  file:writeObject(fields)
end

function GPU:read(file)
  local header = file:readObject()
  local function read() return file:readObject() end
  local fields
  if header[1] and is_cuda(header[1]) then
    local device = header[2]
    if device > cutorch.getDeviceCount() then -- luacheck: ignore 113
      print 'Warning : model was saved with more devices than available on current host.'
      print 'Attempting to load module onto device 1'
      device = 1
    end
    fields = cutorch.withDevice(device, read) -- luacheck: ignore 113
  else
    fields = read()
  end
  for name, value in pairs(fields) do self[name] = value end
end

local function unsupported(method)
  return function(self) error(('%s:%s is not implemented; use accGradParameters and updateParameters')
    :format(torch.type(self), method), 2) end
end

GPU.accUpdateGradParameters = unsupported('accUpdateGradParameters')
GPU.sharedAccUpdateGradParameters = unsupported('sharedAccUpdateGradParameters')

function GPU:__tostring__()
  return outline.around(('%s(%d)'):format(torch.type(self), self.device), self.modules[1])
end
