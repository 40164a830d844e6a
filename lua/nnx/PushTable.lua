--- nn.PushTable(index): takes an element out of the input table; the modules of `push:pull(index)` put it in again later.
local PushTable, Module = torch.class('nn.PushTable', 'nn.Module')

function PushTable:__init(index)
  Module.__init(self)
  self._index = index
  self._pulls = {}
  self.output, self.gradInput, self._gradInput = {}, {}, torch.Tensor()
  self._forward = false
end

--- A new nn.PullTable that inserts the element at `index`.
function PushTable:pull(index)
  local pull = nn.PullTable(self, index)
  self._pulls[#self._pulls + 1] = pull
  return pull
end

function PushTable:updateOutput(input)
  local output = {}
  for i, value in ipairs(input) do
    if i == self._index then
      for _, pull in ipairs(self._pulls) do pull:_updateOutput(value) end
    else
      output[#output + 1] = value
    end
  end
  self.output = output
  self._forward = true
  return output
end

--- Receives the gradient of the element from a PullTable; those of several are added.
function PushTable:_updateGradInput(gradOutput)
  if self._forward then
    if torch.type(self._gradInput) ~= torch.type(gradOutput) then self._gradInput = gradOutput.new() end
    self._gradInput:resizeAs(gradOutput):copy(gradOutput)
  else
    self._gradInput:add(gradOutput)
  end
  self._forward = false
end

function PushTable:updateGradInput(_, gradOutput)
  local gradInput = {}
  for i, value in ipairs(gradOutput) do gradInput[i] = value end
  table.insert(gradInput, self._index, self._gradInput)
  self.gradInput = gradInput
  return gradInput
end

function PushTable:type(type, tensorCache)
  if not type then return self._type end
  self.output, self.gradInput = {}, {}
  return Module.type(self, type, tensorCache)
end
