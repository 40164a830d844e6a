--- Sums of the gradients that reach a node from the nodes that use its output.
local utils = require 'nn.utils'

local gradients = {}

-- Modules that ignore an input answer with a zero expanded to its size, a storage of one element.
local function is_expanded_zero(value)
  if not torch.isTensor(value) then return false end
  local storage = value:storage()
  return storage ~= nil and storage:size() == 1 and storage[1] == 0
end

-- The only gradient that is not such a zero (or the first of several zeros); nil when there are more.
local function only_one(parts)
  local found = 1
  local count = 0
  for i, part in ipairs(parts) do
    if not is_expanded_zero(part) then found, count = i, count + 1 end
  end
  if count < 2 then return parts[found] end
end

--- The sum for a node's data; it lives in data.gradOutputBuffer unless one part alone is the sum.
function gradients.total(data)
  local parts = data.gradOutput
  if #parts <= 1 then return parts[1] end
  if not data.gradOutputBuffer then
    local single = only_one(parts)
    if single ~= nil then return single end
  end
  local sum = utils.recursiveCopy(data.gradOutputBuffer, parts[1])
  for i = 2, #parts do utils.recursiveAdd(sum, parts[i]) end
  data.gradOutputBuffer = sum
  return sum
end

--- The sum that `total` found last.
function gradients.last_total(data)
  local parts = data.gradOutput
  if #parts <= 1 then return parts[1] end
  return data.gradOutputBuffer or only_one(parts)
end

return gradients
