--- nngraph.nest(node or list): a node whose output has the nesting of the list, lists of one element included.
local expect = require 'nngraph.expect'
local place = require 'nngraph.place'

local function nested(value)
  if torch.typename(value) == 'nngraph.Node' then return value end
  if not expect.is_list(value) or #value == 0 then
    place.raise('what is this in the nest input? %s', tostring(value))
  end
  if #value == 1 then return nngraph.JustTable()(nested(value[1])) end
  local parts = {}
  for i, element in ipairs(value) do parts[i] = nested(element) end
  return nn.Identity()(parts)
end

function nngraph.nest(...)
  if select('#', ...) > 1 then place.raise('Use {input1, input2} to pass multiple inputs.') end
  local value = ...
  if value == nil then place.raise('Pass an input.') end
  return nested(value)
end
