--- nn.Convert([inputShape = 'b*'[, outputShape = inputShape]]): turns tensors from one layout into another.
-- Shapes are strings of axes: b batch, f feature, t time, h height, w width, c colour. Layouts with the same axes are
-- transposed; 'bf', 'b' and 'bt' can be made from others. An input without its batch axis is a single sample; the output has
-- the module's tensor type.
local Convert, Container = torch.class('nn.Convert', 'nn.Container')

local function with_batch(shape)
  return shape:find('b') and shape or 'b' .. shape
end

local function same_axes(a, b)
  for axis in a:gmatch('.') do
    if not b:find(axis, 1, true) then return false end
  end
  return #a == #b
end

function Convert:__init(inputShape, outputShape)
  if outputShape and not inputShape then error('Expecting non-nil arg 1 when arg 2 is provided', 2) end
  inputShape = inputShape or 'b*'
  self.inputShape = with_batch(inputShape)
  self.outputShape = with_batch(outputShape or inputShape)
  self.inputBatchDim, self.outputBatchDim = self.inputShape:find('b'), self.outputShape:find('b')
  if self.inputShape == 'b*' or self.outputShape == 'b*' then
    if self.inputShape ~= self.outputShape then error('Both or neither shapes must be b*', 2) end
    self.nInputDim, self.nOutputDim = -1, -1
    self.transposition = true
  else
    self.nInputDim, self.nOutputDim = #self.inputShape, #self.outputShape
    if self.nInputDim == self.nOutputDim then self.transposition = same_axes(self.inputShape, self.outputShape) end
  end
  Container.__init(self)
end

--- Makes the layers that convert, from the shapes and the first input.
function Convert:buildConverter(input)
  if self.transposition then
    self.converter = self:transpose(self.outputShape)
  else
    local builder = self[self.outputShape]
    if type(builder) ~= 'function' then
      error(('Unrecognized conversion of shape %s to %s'):format(self.inputShape, self.outputShape), 3)
    end
    self.converter = builder(self, input)
  end
  if not torch.isTensor(self.output) then error('Expecting Tensor output', 3) end
  self.converter:type(torch.type(self.output))
  self.modules[1] = self.converter
end

--- A view of `tensor` with a dimension of size 1 at `dim`.
local function with_axis(tensor, dim)
  return nn.utils.addSingletonDimension(tensor, dim)
end

function Convert:updateOutput(input)
  if not torch.isTensor(input) then error('expecting Tensor', 2) end
  local own_type = torch.type(self.output)
  self._converted = torch.type(input) ~= own_type
  if self._converted then
    self._input = (self._input or self.output.new()):resize(input:size()):copy(input)
    input = self._input
  end
  self.batchMode = input:dim() >= self.nInputDim
  if not self.batchMode then input = with_axis(input, self.inputBatchDim) end
  if not self.converter then self:buildConverter(input) end
  self._fed = input
  local output = self.converter:updateOutput(input)
  if not self.batchMode then output = output:select(self.outputBatchDim, 1) end
  self.output = output
  return output
end

--- gradOutput as the converter sees it.
local function inner_gradient(self, gradOutput)
  return self.batchMode and gradOutput or with_axis(gradOutput, self.outputBatchDim)
end

function Convert:updateGradInput(input, gradOutput)
  local gradient = self.converter:updateGradInput(self._fed, inner_gradient(self, gradOutput))
  if not self.batchMode then gradient = gradient:contiguous():view(input:size()) end
  if self._converted then
    self._gradInput = (torch.type(self._gradInput) == torch.type(input) and self._gradInput or input.new())
    gradient = self._gradInput:resize(input:size()):copy(gradient)
  end
  self.gradInput = gradient
  return gradient
end

function Convert:accGradParameters(_, gradOutput, scale)
  self.converter:accGradParameters(self._fed, inner_gradient(self, gradOutput), scale)
end

function Convert:accUpdateGradParameters(_, gradOutput, learningRate)
  self.converter:accUpdateGradParameters(self._fed, inner_gradient(self, gradOutput), learningRate)
end

--- Layers that make batch x feature of the input shape.
function Convert:bf(input)
  local batch = self:findAxis('b')
  local rank = #self.inputShape
  if self.inputShape == 'bt' then error('Conversion of shape bt to bf not supported', 2) end
  if rank == 1 then return nn.Reshape(1) end
  local front = batch ~= 1 and nn.Transpose { 1, batch } or nil
  if rank == 2 then return front or nn.Identity() end
  local flat = nn.Reshape(input:select(batch, 1):nElement())
  return front and nn.Sequential():add(front):add(flat) or flat
end

--- Layers that make a plain batch: the only feature, or the first time step.
function Convert:b(input)
  for _, axis in ipairs { 't', 'f' } do
    if self.inputShape == 'b' .. axis or self.inputShape == axis .. 'b' then
      local place = self:findAxis(axis)
      if axis == 'f' and input:size(place) > 1 then
        error('Cannot convert shape ' .. self.inputShape .. ' to b when feature > 1', 2)
      end
      return nn.Select(place, 1)
    end
  end
  error('Cannot convert shape ' .. self.inputShape .. ' to shape b', 2)
end

function Convert:default()
  return nn.Identity()
end

function Convert:bt()
  if self.inputShape == 'b' then return nn.Reshape(1) end
  error("cannot convert shape '" .. self.inputShape .. "' to bt", 2)
end

--- The exchanges of axes that lead to newShape.
function Convert:transpose(newShape)
  if newShape == self.inputShape then return nn.Identity() end
  local axes, exchanges = {}, {}
  for axis in self.inputShape:gmatch('.') do axes[#axes + 1] = axis end
  for i = 1, #newShape do
    for j = i + 1, #axes do
      if axes[j] == newShape:sub(i, i) and axes[i] ~= axes[j] then
        axes[i], axes[j] = axes[j], axes[i]
        exchanges[#exchanges + 1] = { j, i }
      end
    end
  end
  return nn.Transpose(unpack(exchanges))
end

function Convert:findAxis(axis, shape, silent)
  shape = shape or self.inputShape
  local place = shape:find(axis, 1, true)
  if not place and not silent then
    error(("Provided shape '%s' has no axis '%s'"):format(shape, axis), 2)
  end
  return place
end

function Convert:clearState()
  self._input, self._gradInput, self._fed = nil, nil, nil
  return Container.clearState(self)
end

function Convert:type(type, tensorCache)
  if type then self:clearState() end
  return Container.type(self, type, tensorCache)
end
