--- Queries such as `name,age where age > 20 sort by name`, for pl.data.
local utils = require 'pl.utils'

local query = {}

local function parse(condition)
  if type(condition) == 'table' then
    local fields = condition.fields
    return {
      fields = type(fields) == 'string' and fields or table.concat(fields or {}, ','),
      where = condition.where, sort_by = condition.sort_by,
    }
  end
  local rest, sort_by = condition:match '^(.-)%s+sort%s+by%s+(.*)$'
  rest = rest or condition
  local fields, where = rest:match '^(.-)%s+where%s+(.*)$'
  return { fields = fields or rest, where = where, sort_by = sort_by }
end

local function indices(rows, names)
  local found = {}
  if names:match '^%s*%*%s*$' then
    for i = 1, #rows.fieldnames do found[i] = i end
    return found
  end
  for _, name in ipairs(utils.split(names, '%s*,%s*')) do
    name = name:match '^%s*(.-)%s*$'
    local index = tonumber((name:match '^_(%d+)$'))
    for i, field in ipairs(rows.fieldnames) do
      if field == name then index = i end
    end
    if not index then return nil, "unknown field '" .. name .. "'" end
    found[#found + 1] = index
  end
  return found
end

--- The names of the fields that a query selects.
function query.fields(rows, condition)
  local names = {}
  for i, index in ipairs(indices(rows, parse(condition).fields) or {}) do names[i] = rows.fieldnames[index] end
  return names
end

-- A function of a row from a Lua expression in which the fields are variables.
local function predicate(rows, where, context)
  if where == nil then return function() return true end end
  if type(where) == 'function' then return where end
  local chunk, message = load('return ' .. where, '=where', 't', {})
  if not chunk then return nil, message end
  local place = {}
  for i, name in ipairs(rows.fieldnames) do place[name] = i end
  local current
  setfenv(chunk, setmetatable({}, {
    __index = function(_, name)
      if place[name] then return current[place[name]] end
      if name == '_ROW' then return current end
      for _, other in ipairs(context or {}) do
        if other[name] ~= nil then return other[name] end
      end
      return _G[name]
    end,
  }))
  return function(row)
    current = row
    return chunk()
  end
end

local function sorted(chosen, rows, sort_by)
  if not sort_by then return true end
  local field, order = sort_by:match '^%s*(%S+)%s*(%S*)'
  local found = indices(rows, field)
  if not found then return nil, "unknown field '" .. field .. "'" end
  local index, descending = found[1], order == 'desc'
  table.sort(chosen, function(a, b)
    if descending then return a[index] > b[index] end
    return a[index] < b[index]
  end)
  return true
end

--- Iterator over the selected fields of the rows that meet the condition; nil and a message for a bad query.
-- @param condition text, or a table with `fields`, `where` (text or function of a row) and `sort_by`
-- @param context list of tables in which other names of the condition are looked up
-- @param as_row whether the fields come as one table
function query.select(rows, condition, context, as_row)
  if not rows.fieldnames then rows = require('pl.data').new(rows) end
  local parts = parse(condition)
  local found, message = indices(rows, parts.fields)
  if not found then return nil, message end
  local holds, failure = predicate(rows, parts.where, context)
  if not holds then return nil, failure end
  local chosen = {}
  for i = 1, #rows do
    if holds(rows[i]) then chosen[#chosen + 1] = rows[i] end
  end
  local ok, complaint = sorted(chosen, rows, parts.sort_by)
  if not ok then return nil, complaint end
  local position = 0
  return function()
    position = position + 1
    local row = chosen[position]
    if not row then return nil end
    local values = {}
    for i, index in ipairs(found) do values[i] = row[index] end
    if as_row then return values end
    return unpack(values, 1, #found)
  end
end

return query
