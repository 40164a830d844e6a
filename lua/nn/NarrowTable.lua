--- nn.NarrowTable(offset[, length = 1]): `length` elements of the input table from place `offset`.
-- A negative length counts the last element from the end: -1 reaches to the last.
local NarrowTable, Module = torch.class('nn.NarrowTable', 'nn.Module')

function NarrowTable:__init(offset, length)
  Module.__init(self)
  self.offset = offset
  self.length = length or 1
  self.output, self.gradInput = {}, {}
end

local function count(self, input)
  if self.length >= 0 then return self.length end
  return #input - self.offset + 2 + self.length
end

function NarrowTable:updateOutput(input)
  local output = {}
  for i = 1, count(self, input) do output[i] = input[self.offset + i - 1] end
  self.output = output
  return output
end

function NarrowTable:updateGradInput(input, gradOutput)
  local last = self.offset + count(self, input) - 1
  local zeros = self._zeros or {}
  self._zeros = zeros
  local gradInput = {}
  for i = 1, #input do
    if i >= self.offset and i <= last then
      gradInput[i] = gradOutput[i - self.offset + 1]
    else
      zeros[i] = nn.utils.recursiveResizeAs(zeros[i], input[i])
      gradInput[i] = nn.utils.recursiveFill(zeros[i], 0)
    end
  end
  self.gradInput = gradInput
  return gradInput
end

function NarrowTable:type(type, tensorCache)
  if not type then return self._type end
  self.output, self.gradInput, self._zeros = {}, {}, nil
  return Module.type(self, type, tensorCache)
end

function NarrowTable:clearState()
  self._zeros = nil
  return Module.clearState(self)
end
