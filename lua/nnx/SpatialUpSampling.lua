--- nn.SpatialUpSampling(dW, dH, yDim = 2, xDim = 3): repeats each pixel dW by dH times. Input: C x H x W by default.
local SpatialUpSampling, Module = torch.class('nn.SpatialUpSampling', 'nn.Module')

function SpatialUpSampling:__init(...)
  Module.__init(self)
  xlua.unpack_class(self, { ... }, 'nn.SpatialUpSampling', 'repeats pixels',
    { arg = 'dW', type = 'number', help = 'stride width', req = true },
    { arg = 'dH', type = 'number', help = 'stride height', req = true },
    { arg = 'yDim', type = 'number', help = 'image y dimension', default = 2 },
    { arg = 'xDim', type = 'number', help = 'image x dimension', default = 3 })
end

-- Calls visit with the part of the large tensor that holds one copy of each pixel, for each copy.
local function each_copy(self, large, visit)
  local steps = { [self.yDim] = self.dH, [self.xDim] = self.dW }
  local size, stride = large:size(), large:stride()
  for dimension, step in pairs(steps) do size[dimension], stride[dimension] = size[dimension] / step, stride[dimension] * step end
  for y = 0, self.dH - 1 do
    for x = 0, self.dW - 1 do
      local offset = large:storageOffset() + y * large:stride(self.yDim) + x * large:stride(self.xDim)
      visit(large.new():set(large:storage(), offset, size, stride))
    end
  end
end

function SpatialUpSampling:updateOutput(input)
  local size = input:size()
  size[self.yDim], size[self.xDim] = size[self.yDim] * self.dH, size[self.xDim] * self.dW
  self.output:resize(size)
  each_copy(self, self.output, function(part) part:copy(input) end)
  return self.output
end

function SpatialUpSampling:updateGradInput(input, gradOutput)
  self.gradInput:resizeAs(input):zero()
  each_copy(self, gradOutput, function(part) self.gradInput:add(part) end)
  return self.gradInput
end
