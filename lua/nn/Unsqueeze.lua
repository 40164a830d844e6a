--- nn.Unsqueeze(pos[, numInputDims]): inserts a dimension of size 1 at `pos`.
-- numInputDims: `pos` counts within samples of that many dimensions.
local Unsqueeze, Module = torch.class('nn.Unsqueeze', 'nn.Module')

function Unsqueeze:__init(pos, numInputDims)
  Module.__init(self)
  self.pos = pos or error('the position to insert singleton dim not specified', 2)
  self:setNumInputDims(numInputDims)
end

function Unsqueeze:setNumInputDims(numInputDims)
  self.numInputDims = numInputDims
  return self
end

local function check(tensor)
  if not torch.isTensor(tensor) then error('This module only works on tensor', 3) end
end

function Unsqueeze:updateOutput(input)
  check(input)
  nn.utils.addSingletonDimension(self.output, input, self:_getActualPosition(input))
  return self.output
end

function Unsqueeze:updateGradInput(input, gradOutput)
  check(input)
  check(gradOutput)
  if input:nElement() ~= gradOutput:nElement() then error('gradOutput and input differ in their number of elements', 2) end
  return self.gradInput:view(gradOutput:contiguous(), input:size())
end

function Unsqueeze:__tostring__()
  return ('%s(dim %s)'):format(torch.type(self), tostring(self.pos))
end

function Unsqueeze:_getActualPosition(input)
  local ndim = input:dim()
  self.numInputDims = self.numInputDims or ndim
  local extra = ndim - self.numInputDims
  if extra < 0 then error('input feature map dim (numInputDims) must be <= input:dim()', 3) end
  local position = self.pos + extra
  if position < 1 or position > ndim + 1 then
    error(('Invalid position: %d. input:dim() is %d, input feature map dim (numInputDims) is %d.')
      :format(self.pos, ndim, self.numInputDims), 3)
  end
  return position
end
