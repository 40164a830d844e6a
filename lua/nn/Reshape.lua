--- nn.Reshape(size… | LongStorage[, batchMode]): a view of the input with the given sizes (a copy where it is not contiguous).
-- batchMode true keeps the first dimension as the batch, false takes none; without it an input that has exactly the right
-- number of elements is a single sample unless its first dimension is 1.
local Reshape, Module = torch.class('nn.Reshape', 'nn.Module')

function Reshape:__init(...)
  Module.__init(self)
  local sizes = { ... }
  if type(sizes[#sizes]) == 'boolean' then self.batchMode = table.remove(sizes) end
  if torch.typename(sizes[1]) == 'torch.LongStorage' then sizes = sizes[1]:totable() end
  self.size = torch.LongStorage(sizes)
  self.batchsize = torch.LongStorage(#sizes + 1)
  self.nelement = 1
  for d, extent in ipairs(sizes) do
    self.nelement = self.nelement * extent
    self.batchsize[d + 1] = extent
  end
end

function Reshape:updateOutput(input)
  input = input:contiguous()
  local single = self.batchMode == false
  if self.batchMode == nil then single = input:nElement() == self.nelement and input:size(1) ~= 1 end
  if single then return self.output:view(input, self.size) end
  self.batchsize[1] = input:size(1)
  return self.output:view(input, self.batchsize)
end

function Reshape:updateGradInput(input, gradOutput)
  return self.gradInput:viewAs(gradOutput:contiguous(), input)
end

function Reshape:clearState()
  nn.utils.clear(self, '_input', '_gradOutput')
  return Module.clearState(self)
end

function Reshape:__tostring__()
  return ('%s(%s)'):format(torch.type(self), table.concat(self.size:totable(), 'x'))
end
