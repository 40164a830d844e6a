--- nn.SelectTable(index): one element of the input table; a negative index counts from the end, a string is a key.
local SelectTable, Module = torch.class('nn.SelectTable', 'nn.Module')

function SelectTable:__init(index)
  Module.__init(self)
  self.index = index
  self.gradInput = {}
end

local function resolved(self, input)
  if type(self.index) == 'number' and self.index < 0 then return #input + self.index + 1 end
  return self.index
end

function SelectTable:updateOutput(input)
  local selected = input[resolved(self, input)]
  if not selected then error('index does not exist in the input table', 2) end
  self.output = selected
  return selected
end

--- Zeros of the nesting and sizes of `value`, in the place of `old` where that fits.
local function zeros(old, value)
  if torch.isTensor(value) then
    if torch.type(old) ~= torch.type(value) then old = value.new() end
    return old:resizeAs(value):zero()
  end
  local result = {}
  for key, part in pairs(value) do
    result[key] = zeros(type(old) == 'table' and old[key] or nil, part)
  end
  return result
end

function SelectTable:updateGradInput(input, gradOutput)
  local index = resolved(self, input)
  self.gradInput = zeros(self.gradInput, input)
  self.gradInput[index] = nn.utils.recursiveCopy(self.gradInput[index], gradOutput)
  return self.gradInput
end

function SelectTable:type(type, tensorCache)
  if not type then return self._type end
  self.gradInput, self.output = {}, {}
  return Module.type(self, type, tensorCache)
end

-- the output belongs to another module: it is let go of, not emptied
SelectTable.clearState = nn.Identity.clearState

function SelectTable:__tostring__()
  return ('%s(%s)'):format(torch.type(self), tostring(self.index))
end
