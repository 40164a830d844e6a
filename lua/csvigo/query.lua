--- Queries on a tidy table: function(what, variables) for the rows that have given values.
local HELP = [[
query('all')                                  the whole table; also query()
query('vars')                                 the names of the variables
query('union', {var1 = {1}, var2 = {2, 3}})   the rows where var1 is 1 or var2 is 2 or 3
query('inter', {var1 = {1}, var2 = {2, 3}})   the rows where var1 is 1 and var2 is 2 or 3]]

-- Variable to the set of texts asked for.
local function wanted_values(data, variables, what)
  if type(variables) ~= 'table' then
    error(("query('%s', vars): a table of variables and values is expected, got %s"):format(what, type(variables)), 3)
  end
  local wanted = {}
  for name, values in pairs(variables) do
    if not data[name] then error(("query: there is no variable '%s'"):format(tostring(name)), 3) end
    wanted[name] = {}
    for _, value in ipairs(type(values) == 'table' and values or { values }) do wanted[name][tostring(value)] = true end
  end
  return wanted
end

local function chosen(data, wanted, row, all)
  for name, values in pairs(wanted) do
    local hit = values[tostring(data[name][row])] or false
    if hit ~= all then return hit end
  end
  return all
end

--- A query function on a table of columns.
return function(data, order)
  local function select_rows(what, variables)
    local wanted = wanted_values(data, variables, what)
    local result, rows = {}, #(data[order[1]] or {})
    for _, name in ipairs(order) do result[name] = {} end
    for row = 1, rows do
      if chosen(data, wanted, row, what == 'inter') then
        for _, name in ipairs(order) do
          local column = result[name]
          column[#column + 1] = data[name][row]
        end
      end
    end
    return result
  end

  return function(what, variables)
    if type(what) == 'table' then what, variables = what.query, what.vars end
    what = what or 'all'
    if what == 'all' then return data end
    if what == 'vars' then return { unpack(order) } end
    if what == 'help' then return print(HELP) end
    if what == 'union' or what == 'inter' then return select_rows(what, variables) end
    error(("query: 'all', 'vars', 'union', 'inter' or 'help' is expected, got '%s'"):format(tostring(what)), 2)
  end
end
