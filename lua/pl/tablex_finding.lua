--- Finding values in tables, for pl.tablex.
local utils = require 'pl.utils'

return function(tablex, check)
  --- Index of a value from `start` on, which may be negative; nil where there is none.
  function tablex.find(t, value, start)
    check.need_indexable(1, t)
    start = start or 1
    if start < 0 then start = #t + start + 1 end
    for i = start, #t do
      if t[i] == value then return i end
    end
    return nil
  end

  --- Index of the last such value up to `start`.
  function tablex.rfind(t, value, start)
    check.need_indexable(1, t)
    start = start or #t
    if start < 0 then start = #t + start + 1 end
    for i = start, 1, -1 do
      if t[i] == value then return i end
    end
    return nil
  end

  --- First key whose value `matches(value, argument)`, and what that call answered.
  function tablex.find_if(t, matches, argument)
    check.need_iterable(1, t)
    matches = utils.function_arg(2, matches)
    for key, value in pairs(t) do
      local answer = matches(value, argument)
      if answer then return key, answer end
    end
    return nil
  end

  local function step(path, key)
    if type(key) == 'number' then return ('%s[%d]'):format(path or '', key) end
    return path and path .. '.' .. tostring(key) or tostring(key)
  end

  --- Where a value is in a table and the tables in it, such as `a.b`; the shortest way is found first.
  -- @param exclude list of tables that are not searched
  function tablex.search(t, value, exclude)
    check.need_iterable(1, t)
    local seen = { [t] = true }
    for _, other in pairs(exclude or {}) do seen[other] = true end
    local queue, paths, first = { t }, {}, 1
    while queue[first] do
      local current = queue[first]
      for key, item in pairs(current) do
        if item == value then return step(paths[first], key) end
        if type(item) == 'table' and not seen[item] then
          seen[item] = true
          queue[#queue + 1] = item
          paths[#queue] = step(paths[first], key)
        end
      end
      first = first + 1
    end
    return nil
  end
end
