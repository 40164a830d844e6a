--- Functions over the values of tables, for pl.tablex. Further arguments are passed on to the function.
local utils = require 'pl.utils'

local function_arg = utils.function_arg

return function(tablex, check)
  --- A table of the results for all values, under their keys.
  function tablex.map(fun, t, ...)
    check.need_iterable(1, t)
    fun = function_arg(1, fun)
    local results = {}
    for key, value in pairs(t) do results[key] = fun(value, ...) end
    return check.like(results, t)
  end

  --- A list of the results for the elements; a nil leaves false.
  function tablex.imap(fun, t, ...)
    check.need_indexable(1, t)
    fun = function_arg(1, fun)
    local results = {}
    for i = 1, #t do results[i] = fun(t[i], ...) or false end
    return check.list_like(results, t)
  end

  --- Replaces each value by its result.
  function tablex.transform(fun, t, ...)
    check.need_iterable(1, t)
    fun = function_arg(1, fun)
    for key, value in pairs(t) do t[key] = fun(value, ...) end
    return t
  end

  --- Results of a method of the elements.
  function tablex.map_named_method(name, t, ...)
    utils.assert_string(1, name)
    check.need_indexable(2, t)
    local results = {}
    for i = 1, #t do
      local element = t[i]
      results[i] = element[name](element, ...)
    end
    return check.list_like(results, t)
  end

  --- Results of `fun(t1[key], t2[key])` for the keys of the first table.
  function tablex.map2(fun, t1, t2, ...)
    check.need_iterable(1, t1)
    check.need_iterable(2, t2)
    fun = function_arg(1, fun)
    local results = {}
    for key, value in pairs(t1) do results[key] = fun(value, t2[key], ...) end
    return check.like(results, t1)
  end

  --- Results of `fun(t1[i], t2[i])` as far as the shorter list goes.
  function tablex.imap2(fun, t1, t2, ...)
    check.need_indexable(2, t1)
    check.need_indexable(3, t2)
    fun = function_arg(1, fun)
    local results = {}
    for i = 1, math.min(#t1, #t2) do results[i] = fun(t1[i], t2[i], ...) end
    return results
  end

  --- Results of `fun(t1[i], t2[i], …)` as far as the shortest list goes.
  function tablex.mapn(fun, ...)
    fun = function_arg(1, fun)
    local tables, shortest = { ... }, math.huge
    for _, t in ipairs(tables) do shortest = math.min(shortest, #t) end
    local results, arguments = {}, {}
    for i = 1, #tables > 0 and shortest or 0 do
      for j = 1, #tables do arguments[j] = tables[j][i] end
      results[i] = fun(unpack(arguments, 1, #tables))
    end
    return check.as_list(results)
  end

  --- A list of the results of `fun(key, value)`; a second result of the function is the key of its first one.
  function tablex.pairmap(fun, t, ...)
    check.need_iterable(1, t)
    fun = function_arg(1, fun)
    local results = {}
    for key, value in pairs(t) do
      local result, place = fun(key, value, ...)
      if place == nil then
        results[#results + 1] = result
      else
        results[place] = result
      end
    end
    return results
  end

  --- Combines the elements of a list from the left, starting with `memo` or the first element.
  function tablex.reduce(fun, t, memo)
    check.need_indexable(2, t)
    fun = function_arg(1, fun)
    local start = 1
    if memo == nil then memo, start = t[1], 2 end
    for i = start, #t do memo = fun(memo, t[i]) end
    return memo
  end

  --- The elements for which `predicate(element, argument)` holds.
  function tablex.filter(t, predicate, argument)
    check.need_indexable(1, t)
    predicate = function_arg(2, predicate)
    local kept = {}
    for i = 1, #t do
      if predicate(t[i], argument) then kept[#kept + 1] = t[i] end
    end
    return check.list_like(kept, t)
  end

  --- Calls `fun(value, key)` for all keys.
  function tablex.foreach(t, fun, ...)
    check.need_iterable(1, t)
    fun = function_arg(1, fun)
    for key, value in pairs(t) do fun(value, key, ...) end
  end

  --- Calls `fun(element, index)` for the elements in order.
  function tablex.foreachi(t, fun, ...)
    check.need_indexable(1, t)
    fun = function_arg(1, fun)
    for i = 1, #t do fun(t[i], i, ...) end
  end

  local function in_order(t, keys)
    local position = 0
    return function()
      position = position + 1
      local key = keys[position]
      if key ~= nil then return key, t[key] end
    end
  end

  --- Iterator over keys and values in the order of the keys.
  function tablex.sort(t, before)
    local keys = tablex.keys(t)
    table.sort(keys, function_arg(2, before or '<'))
    return in_order(t, keys)
  end

  --- Iterator over keys and values in the order of the values.
  function tablex.sortv(t, before)
    local precedes = function_arg(2, before or '<')
    local keys = tablex.keys(t)
    table.sort(keys, function(a, b) return precedes(t[a], t[b]) end)
    return in_order(t, keys)
  end
end
