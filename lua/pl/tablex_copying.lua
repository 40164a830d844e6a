--- Copying and comparing tables, for pl.tablex.
local utils = require 'pl.utils'

return function(tablex, check)
  --- A copy of the keys and values, without the metatable.
  function tablex.copy(t)
    check.need_iterable(1, t)
    local result = {}
    for key, value in pairs(t) do result[key] = value end
    return result
  end

  local function duplicate(value, copies)
    if type(value) ~= 'table' then return value end
    if copies[value] then return copies[value] end
    local result = {}
    copies[value] = result
    for key, item in pairs(value) do
      result[duplicate(key, copies)] = duplicate(item, copies)
    end
    local metatable = getmetatable(value)
    if type(metatable) == 'table' then setmetatable(result, metatable) end
    return result
  end

  --- A copy of a table and of all tables in it, with their metatables; cycles are kept.
  function tablex.deepcopy(t) return duplicate(t, {}) end

  local function transfer(target, source, to, from, count, cut)
    check.need_indexable(1, target)
    check.need_indexable(2, source)
    to, from = to or 1, from or 1
    count = math.min(count or #source, #source - from + 1)
    local values = {}
    for i = 1, count do values[i] = source[from + i - 1] end
    for i = 1, count do target[to + i - 1] = values[i] end
    if cut then tablex.clear(target, to + math.max(count, 0)) end
    return target
  end

  --- Copies `count` elements of a list from index `from` on into another from index `to` on; what follows is removed.
  function tablex.icopy(target, source, to, from, count) return transfer(target, source, to, from, count, true) end

  --- As `icopy`, but what follows stays.
  function tablex.move(target, source, to, from, count) return transfer(target, source, to, from, count, false) end

  local function equal_numbers(a, b, tolerance) return math.abs(a - b) <= tolerance end

  --- Whether two values are equal: tables by their content, other values by `==`.
  -- @param ignore_metatables whether `__eq` is not asked
  -- @param tolerance largest difference between numbers that count as equal
  function tablex.deepcompare(a, b, ignore_metatables, tolerance)
    -- Tables that are being compared further up count as equal, or cycles would never end.
    local partners = {}

    local function equal(x, y)
      if type(x) ~= type(y) then return false end
      if type(x) ~= 'table' then
        if type(x) == 'number' and tolerance then return equal_numbers(x, y, tolerance) end
        return x == y
      end
      if rawequal(x, y) or partners[x] == y then return true end
      local metatable = getmetatable(x)
      if not ignore_metatables and type(metatable) == 'table' and metatable.__eq then return x == y end
      partners[x] = y
      for key in pairs(x) do
        if y[key] == nil then return false end
      end
      for key, value in pairs(y) do
        if not equal(x[key], value) then return false end
      end
      partners[x] = nil
      return true
    end

    return equal(a, b)
  end

  --- Whether two lists have the same length and `same` holds for each pair of elements.
  function tablex.compare(a, b, same)
    check.need_indexable(1, a)
    check.need_indexable(2, b)
    if #a ~= #b then return false end
    same = utils.function_arg(3, same)
    for i = 1, #a do
      if not same(a[i], b[i]) then return false end
    end
    return true
  end

  --- Whether two lists have the same elements in any order.
  function tablex.compare_no_order(a, b, same)
    check.need_indexable(1, a)
    check.need_indexable(2, b)
    if #a ~= #b then return false end
    same = same and utils.function_arg(3, same) or function(x, y) return x == y end
    local taken = {}
    for i = 1, #a do
      local match
      for j = 1, #b do
        if not taken[j] and same(a[i], b[j]) then
          match = j
          break
        end
      end
      if not match then return false end
      taken[match] = true
    end
    return true
  end

end
