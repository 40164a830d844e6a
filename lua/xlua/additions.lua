--- Functions that xlua adds to the tables string and table.
local sys = require 'sys'

--- Splits the array part of a table: what remains, and the `length` elements from `start` that are taken out.
function table.splice(tbl, start, length)
  start, length = start or 1, length or 1
  local kept, taken = {}, {}
  for i, element in ipairs(tbl) do
    local list = (i >= start and i < start + length) and taken or kept
    list[#list + 1] = element
  end
  return kept, taken
end

--- One element for each value of hashfunc: the last, or merge(element, earlier ones).
function table.prune(tbl, hashfunc, merge)
  local by_hash, order = {}, {}
  for _, element in ipairs(tbl) do
    local key = element
    if hashfunc then key = hashfunc(element) end
    if by_hash[key] == nil then
      order[#order + 1] = key
      by_hash[key] = element
    else
      by_hash[key] = merge and merge(element, by_hash[key]) or element
    end
  end
  local pruned = {}
  for i, key in ipairs(order) do pruned[i] = by_hash[key] end
  return pruned
end

string.split = sys.split

--- The value that a name or expression has in the global environment.
function string.tosymbol(text)
  local chunk, message = loadstring('return ' .. text)
  if not chunk then error(message, 2) end
  local value = chunk()
  if value == nil then error(('symbol "%s" does not exist'):format(text), 2) end
  return value
end
