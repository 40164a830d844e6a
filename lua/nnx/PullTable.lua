--- nn.PullTable(push, index): inserts the element that an nn.PushTable took out into its input table (or beside its input).
local PullTable, Module = torch.class('nn.PullTable', 'nn.Module')

function PullTable:__init(push, index)
  Module.__init(self)
  self._push, self._index = push, index
  self.gradInput = {}
end

--- Receives the element from the PushTable.
function PullTable:_updateOutput(output) self.output = output end

function PullTable:updateOutput(input)
  local output = {}
  if torch.type(input) == 'table' then
    for i, value in ipairs(input) do output[i] = value end
  else
    output[1] = input
  end
  local pulled = self.output
  if torch.type(pulled) == 'table' then pulled = self._pulled end -- a second forward without a push
  self._pulled = pulled
  table.insert(output, self._index, pulled)
  self.output = output
  return output
end

function PullTable:updateGradInput(input, gradOutput)
  self._push:_updateGradInput(gradOutput[self._index])
  if torch.type(input) ~= 'table' then
    self.gradInput = gradOutput[3 - self._index]
    return self.gradInput
  end
  local gradInput = {}
  for i, value in ipairs(gradOutput) do
    if i ~= self._index then gradInput[#gradInput + 1] = value end
  end
  self.gradInput = gradInput
  return gradInput
end

function PullTable:type(type, tensorCache)
  if not type then return self._type end
  self.output, self.gradInput = {}, {}
  return Module.type(self, type, tensorCache)
end
