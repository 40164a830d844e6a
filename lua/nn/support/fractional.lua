--- fractional(class, Module, kernel, axes): fractional max pooling over the named axes, last dimension first.
-- The constructor takes the pool sizes, then either output sizes (all at least 1) or ratios (all between 0 and 1).
-- One random sample an axis and plane places the regions; :fixPoolingRegions() keeps them for later calls.
local window = require 'nn.support.window'

return function(class, Module, kernel, axes)
  local rank = #axes

  function class:__init(...)
    Module.__init(self)
    local sizes = { ... }
    local by_size = true
    for i, axis in ipairs(axes) do
      if not (sizes[i] and sizes[i] >= 2) then error('poolSize' .. axis .. ' must be at least 2', 2) end
      self['poolSize' .. axis] = sizes[i]
      by_size = by_size and sizes[rank + i] >= 1
    end
    self.newRandomPool = false
    for i, axis in ipairs(axes) do
      local value = sizes[rank + i]
      if by_size then
        self['out' .. axis] = value
      elseif value > 0 and value < 1 then
        self['ratio' .. axis] = value
      else
        error(('ratio%s must lie between 0 and 1, got %g'):format(axis, value), 2)
      end
    end
  end

  --- LongStorage {batch, planes, rank}: the size of the random samples.
  function class:getBufferSize_(input)
    local ndim = input:dim()
    if ndim ~= rank + 1 and ndim ~= rank + 2 then
      error(('input must be dim %d or %d'):format(rank + 1, rank + 2), 2)
    end
    local batched = ndim == rank + 2
    return torch.LongStorage { batched and input:size(1) or 1, input:size(batched and 2 or 1), rank }
  end

  function class:initSampleBuffer_(input)
    local size = self:getBufferSize_(input)
    local samples = self.randomSamples
    if samples and samples:size(1) == size[1] and samples:size(2) == size[2] then
      if not self.newRandomPool then samples:uniform() end
      return
    end
    self.randomSamples = (samples or input.new()):resize(size):uniform()
  end

  --- Output extents, in the order of the axes.
  function class:getOutputSizes_(input)
    local extents = {}
    for i, axis in ipairs(axes) do
      local ratio = self['ratio' .. axis]
      local extent = self['out' .. axis]
      if ratio then
        extent = math.floor(input:size(input:dim() - i + 1) * ratio)
        if extent < 1 then error('reduction ratio or input extent along ' .. axis .. ' too small', 2) end
      end
      extents[i] = extent
    end
    return unpack(extents)
  end

  function class:fixPoolingRegions(val)
    if val == nil then val = true end
    self.newRandomPool = val
    return self
  end

  --- Output extents, then pool sizes, then `…`.
  local function numbers(self, input, ...)
    local list = { self:getOutputSizes_(input) }
    for _, axis in ipairs(axes) do list[#list + 1] = self['poolSize' .. axis] end
    for _, tensor in ipairs { ... } do list[#list + 1] = tensor end
    return unpack(list)
  end

  function class:updateOutput(input)
    local indices = window.prepare_indices(self, input)
    self:initSampleBuffer_(input)
    input.THNN[kernel .. '_updateOutput'](input, self.output, numbers(self, input, indices, self.randomSamples))
    return self.output
  end

  function class:updateGradInput(input, gradOutput)
    if not self.randomSamples then error('must call updateOutput/forward first', 2) end
    input.THNN[kernel .. '_updateGradInput'](input, gradOutput, self.gradInput, numbers(self, input, self.indices))
    return self.gradInput
  end

  function class:empty()
    self:clearState()
  end

  function class:clearState()
    self.indices, self.randomSamples = nil, nil
    return Module.clearState(self)
  end

  function class:__tostring__()
    local pools, extents = {}, {}
    for i, axis in ipairs(axes) do
      pools[i] = ('%d'):format(self['poolSize' .. axis])
      extents[i] = ('%g'):format(self['out' .. axis] or self['ratio' .. axis])
    end
    return ('%s(%s, %s)'):format(torch.type(self), table.concat(extents, 'x'), table.concat(pools, ','))
  end
end
