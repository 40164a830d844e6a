--- nn.View(size… | LongStorage): the input seen with other sizes, of which one may be -1; its memory must be contiguous.
-- An input with more elements than the sizes hold is a batch. :setNumInputDims(n) tells how many dimensions a sample has.
local View, Module = torch.class('nn.View', 'nn.Module')

function View:__init(...)
  Module.__init(self)
  self:resetSize(...)
  self.numInputDims = nil
end

function View:resetSize(...)
  local first = ...
  if select('#', ...) == 1 and torch.typename(first) == 'torch.LongStorage' then
    self.size = first
  else
    self.size = torch.LongStorage { ... }
  end
  self.numElements = 1
  local free = false
  for d = 1, #self.size do
    local extent = self.size[d]
    if extent >= 0 then
      self.numElements = self.numElements * extent
    elseif extent ~= -1 then
      error('size should be positive or -1', 2)
    elseif free then
      error('only one dimension can be at -1', 2)
    else
      free = true
    end
  end
  return self
end

function View:setNumInputDims(numInputDims)
  self.numInputDims = numInputDims
  return self
end

local function sizes_text(tensor, first)
  return table.concat(tensor:size():totable(), 'x', first)
end

--- Number of samples in the input; nil where it is a single one without a batch dimension.
local function batch_size(self, input)
  local ndim, isize = input:dim(), input:size()
  local sample_dims = self.numInputDims or ndim
  local elements = 1
  for d = ndim - sample_dims + 1, ndim do elements = elements * isize[d] end
  local free = false
  for d = 1, #self.size do free = free or self.size[d] == -1 end
  if elements % self.numElements ~= 0 or (not free and elements < self.numElements) then
    error(('input view (%s) and desired view (%s) do not match'):format(sizes_text(input, ndim - sample_dims + 1),
      table.concat(self.size:totable(), 'x')), 3)
  end
  local extent = 1
  for d = 1, ndim - sample_dims do extent = extent * isize[d] end
  if not free then extent = extent * elements / self.numElements end
  if extent > 1 or (self.numInputDims and ndim > self.numInputDims) then return extent end
end

function View:updateOutput(input)
  local samples = batch_size(self, input)
  if not samples then return self.output:view(input, self.size) end
  local size = torch.LongStorage(#self.size + 1)
  size[1] = samples
  for d = 1, #self.size do size[d + 1] = self.size[d] end
  return self.output:view(input, size)
end

function View:updateGradInput(input, gradOutput)
  return self.gradInput:view(gradOutput:contiguous(), input:size())
end

function View:__tostring__()
  return ('%s(%s)'):format(torch.type(self), table.concat(self.size:totable(), ', '))
end
