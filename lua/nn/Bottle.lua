--- nn.Bottle(module[, nInputDim = 2[, nOutputDim = nInputDim]]): lets `module` take input of more dimensions.
-- The leading dimensions are joined into the batch for the module, and taken apart again in its output.
local Bottle, Decorator = torch.class('nn.Bottle', 'nn.Decorator')

function Bottle:__init(module, nInputDim, nOutputDim)
  Decorator.__init(self, module)
  self.nInputDim = nInputDim or 2
  self.nOutputDim = nOutputDim or self.nInputDim
  self.dimDelta = self.nInputDim - self.nOutputDim
  self.inShape = torch.Tensor(self.nInputDim)
  self.outShape = torch.Tensor(self.nOutputDim)
end

--- The sizes of `tensor` with all but the last ndim - 1 dimensions joined.
local function joined(tensor, ndim)
  local size = torch.LongStorage(ndim)
  local leading = tensor:dim() - ndim + 1
  size[1] = 1
  for d = 1, leading do size[1] = size[1] * tensor:size(d) end
  for d = 2, ndim do size[d] = tensor:size(leading + d - 1) end
  return size
end

local function remember(shape, size)
  for d = 1, #size do shape[d] = size[d] end
end

function Bottle:updateOutput(input)
  local extra = input:dim() - self.nInputDim
  if extra <= 0 then
    self.output:set(self.modules[1]:updateOutput(input))
    return self.output
  end
  local inSize = joined(input, self.nInputDim)
  remember(self.inShape, inSize)
  local output = self.modules[1]:updateOutput(input:view(inSize))
  if output:dim() ~= self.nOutputDim then
    error(('Wrong number of output dims on module. Expected: %d but got %d'):format(self.nOutputDim, output:dim()), 2)
  end
  remember(self.outShape, output:size())
  local outSize = torch.LongStorage(extra + self.nOutputDim)
  local covered = 1
  for d = 1, extra do
    outSize[d] = input:size(d)
    covered = covered * input:size(d)
  end
  outSize[extra + 1] = output:size(1) / covered
  for d = 2, self.nOutputDim do outSize[extra + d] = output:size(d) end
  self.output:set(output:view(outSize))
  return self.output
end

--- Input and gradOutput as the wrapped module sees them.
local function inner_views(self, input, gradOutput)
  if input:dim() <= self.nInputDim then return input, gradOutput end
  return input:view(joined(input, self.nInputDim)), gradOutput:view(self.modules[1].output:size())
end

function Bottle:updateGradInput(input, gradOutput)
  local gradient = self.modules[1]:updateGradInput(inner_views(self, input, gradOutput))
  if not gradient then
    self.gradInput = nil
    return nil
  end
  self.gradInput:set(gradient:viewAs(input))
  return self.gradInput
end

function Bottle:accGradParameters(input, gradOutput, scale)
  local inner, gradient = inner_views(self, input, gradOutput)
  self.modules[1]:accGradParameters(inner, gradient, scale)
end
