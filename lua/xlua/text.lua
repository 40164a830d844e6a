--- Text of values, for people.
local sys = require 'sys'

local text = {}

local LONGEST = 40 -- characters of one value that xlua.print shows

local function shown(value)
  if type(value) == 'userdata' then return '<userdata>' end
  local whole = tostring(value):gsub('\n', '\\n')
  if #whole <= LONGEST then return whole end
  return whole:sub(1, LONGEST) .. sys.COLORS.none .. ' ... '
end

local function described_table(object)
  local lines = {}
  for key, value in pairs(object) do lines[#lines + 1] = ('[%s] = %s'):format(tostring(key), shown(value)) end
  local body = '{' .. table.concat(lines, ',\n ') .. '}'
  local own = tostring(object)
  if own:find('table: ') then return body end
  if type(object.usage) == 'string' then return object.usage .. '\n\nFIELDS:\n' .. body end
  return own .. ':\n' .. body
end

--- Prints a value, tables with their fields; the other arguments follow as print shows them.
function text.print(object, ...)
  local metatable = type(object) == 'table' and getmetatable(object)
  if metatable and metatable.__tostring__ then
    io.write(metatable.__tostring__(object))
  elseif type(object) == 'table' then
    io.write(described_table(object))
  else
    io.write(tostring(object))
  end
  if select('#', ...) > 0 then
    io.write('    ')
    print(...)
  else
    io.write('\n')
  end
end

local function quoted(value)
  if type(value) == 'table' then return text.table2string(value) end
  if type(value) ~= 'string' then return tostring(value) end
  value = value:gsub('\n', '\\n')
  -- a string whose only quotes are double ones reads better in single ones
  if value:gsub('[^\'"]', ''):match('^"+$') then return "'" .. value .. "'" end
  return '"' .. value:gsub('"', '\\"') .. '"'
end

--- A table as Lua source; with `newline` one field a line and ` : ` for `=`.
function text.table2string(tbl, newline)
  local parts, listed = {}, {}
  for i, value in ipairs(tbl) do
    parts[i] = quoted(value)
    listed[i] = true
  end
  for key, value in pairs(tbl) do
    if not listed[key] then
      local name = type(key) == 'string' and key:match('^[_%a][_%w]*$') or '[' .. quoted(key) .. ']'
      parts[#parts + 1] = name .. (newline and ' : ' or '=') .. quoted(value)
    end
  end
  if newline then return '{\n   ' .. table.concat(parts, '\n   ') .. '\n}' end
  return '{' .. table.concat(parts, ',') .. '}'
end

return text
