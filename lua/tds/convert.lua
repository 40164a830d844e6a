--- Lua tables as objects of this package: vectors where all keys are numbers, hashes otherwise, at every depth.
local convert = {}

local function has_only_numbers(tbl)
  for key in pairs(tbl) do
    if type(key) ~= 'number' then return false end
  end
  return true
end

--- A plain table as a Vec or Hash; other values as they are.
function convert.value(value)
  if type(value) ~= 'table' or torch.typename(value) then return value end
  local tds = require 'tds'
  return has_only_numbers(value) and tds.Vec(value) or tds.Hash(value)
end

--- Sets the entries of a table in a hash or vector.
function convert.fill(target, tbl)
  for key, value in pairs(tbl) do target[convert.value(key)] = convert.value(value) end
end

convert.has_only_numbers = has_only_numbers

return convert
