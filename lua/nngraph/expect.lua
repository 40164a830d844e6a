--- Checks of what stands in the place of a node.
local place = require 'nngraph.place'

local expect = {}

local function complaint(value, list, index)
  local name = ('%s[%d]'):format(list, index)
  if value == nil then return name .. ' is nil (typo / bad index?)' end
  if torch.isTypeOf(value, 'nn.Module') then
    return ('%s is an nn.Module, specifically a %s, but the only valid thing to pass is an instance of nngraph.Node. '
      .. 'Did you forget a second set of parens, which convert a nn.Module to a nngraph.Node?'):format(name, torch.typename(value))
  end
  return ('%s should be an nngraph.Node but is of type %s'):format(name, torch.type(value))
end

--- Raises unless a value is a node. `list` and `index` say where it was found.
function expect.node(value, list, index)
  if torch.typename(value) ~= 'nngraph.Node' then place.raise('%s', complaint(value, list, index)) end
  return value
end

--- The largest index of a list that may have holes, where a misspelt variable stood.
local function extent(list)
  local last = 0
  for key in pairs(list) do
    if type(key) == 'number' and key > last then last = key end
  end
  return last
end

--- Raises unless every element up to the last is a node; returns their number.
function expect.nodes(values, list)
  local count = extent(values)
  for index = 1, count do expect.node(values[index], list, index) end
  return count
end

--- Whether a value is a plain table.
function expect.is_list(value) return type(value) == 'table' and not torch.typename(value) end

return expect
