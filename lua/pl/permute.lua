--- Permutations of a list, and combinations of several lists.
local permute = {}

-- Calls `visit` with the list in each order; the last place varies slowest.
local function orders(list, n, visit)
  if n <= 1 then return visit(list) end
  for i = 1, n do
    list[n], list[i] = list[i], list[n]
    orders(list, n - 1, visit)
    list[n], list[i] = list[i], list[n]
  end
end

--- order_iter(list): an iterator over its permutations. The same table is handed out each time.
function permute.order_iter(list)
  if #list == 0 then return function() return nil end end
  return coroutine.wrap(function() orders(list, #list, coroutine.yield) end)
end

--- order_table(list): the permutations.
function permute.order_table(list)
  local result = {}
  if #list > 0 then orders(list, #list, function(order) result[#result + 1] = { unpack(order) } end) end
  return result
end

--- list_iter(a, b, …): an iterator over a number and one value of each list; those of the first list vary fastest. A
-- list with nil in it has its length as `n`.
function permute.list_iter(...)
  local lists, width = { ... }, select('#', ...)
  local total, index = width > 0 and 1 or 0, 0
  for _, list in ipairs(lists) do total = total * (list.n or #list) end
  return function()
    if index >= total then return nil end
    local values, rest = {}, index
    for i, list in ipairs(lists) do
      local size = list.n or #list
      values[i] = list[rest % size + 1]
      rest = math.floor(rest / size)
    end
    index = index + 1
    return index, unpack(values, 1, width)
  end
end

--- list_table(a, b, …): the combinations, each with its length as `n`.
function permute.list_table(...)
  local result, width = {}, select('#', ...)
  local function collect(index, ...)
    if index then result[index] = { n = width, ... } end
    return index
  end
  local next_one = permute.list_iter(...)
  while collect(next_one()) do end
  return result
end

-- Names of Penlight before 1.10.
permute.iter, permute.table = permute.order_iter, permute.order_table

return permute
