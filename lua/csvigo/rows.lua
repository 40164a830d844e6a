--- Rows of CSV text: where each ends, its fields, and the text of a row.
local ffi = require 'ffi'

local rows = {}

local QUOTE, NEWLINE, RETURN = 34, 10, 13

--- Where the row that starts at a byte of a text ends: the byte behind its last character, and where the next row starts.
-- A line end inside a quoted field belongs to the row; only the first character of a field can be its opening quote.
-- @param bytes pointer to the text
-- @param length bytes in it
-- @param separator byte between fields
function rows.bounds(bytes, length, start, separator)
  local position, quoted, at_start = start, false, true
  while position < length do
    local c = bytes[position]
    if quoted then
      quoted = c ~= QUOTE or (position + 1 < length and bytes[position + 1] == QUOTE)
      if c == QUOTE and quoted then position = position + 1 end
    elseif c == QUOTE and at_start then
      quoted = true
    elseif c == NEWLINE then
      break
    end
    at_start = c == separator
    position = position + 1
  end
  local stop = position
  if stop > start and position < length and bytes[stop - 1] == RETURN then stop = stop - 1 end
  return stop, position + 1
end

local function quoted_field(line, start, separator)
  local pieces, position = {}, start + 1
  while true do
    local at = line:find('"', position, true)
    if not at then return nil end
    pieces[#pieces + 1] = line:sub(position, at - 1)
    if line:sub(at + 1, at + 1) == '"' then -- two quotes are one
      pieces[#pieces + 1] = '"'
      position = at + 2
    else
      -- What follows the closing quote up to the separator is kept as it is.
      local stop = line:find(separator, at + 1, true)
      pieces[#pieces + 1] = line:sub(at + 1, (stop or #line + 1) - 1)
      return table.concat(pieces), stop
    end
  end
end

--- The fields of a row; nil where a quote is not closed.
function rows.split(line, separator)
  local fields, start = {}, 1
  while true do
    local stop
    if line:byte(start) == QUOTE then
      local field
      field, stop = quoted_field(line, start, separator)
      if not field then return nil end
      fields[#fields + 1] = field
    else
      stop = line:find(separator, start, true)
      fields[#fields + 1] = line:sub(start, (stop or #line + 1) - 1)
    end
    if not stop then return fields end
    start = stop + #separator
  end
end

--- Iterator over the rows of a text: number and fields of each.
function rows.each(text, separator, path)
  local bytes, length = ffi.cast('const uint8_t *', text), #text
  local start, number = 0, 0
  return function()
    if start >= length then return nil end
    local stop, following = rows.bounds(bytes, length, start, separator:byte())
    number = number + 1
    local fields = rows.split(text:sub(start + 1, stop), separator)
    if not fields then error(('%s: row %d: a quote is not closed'):format(path, number), 0) end
    start = following
    return number, fields
  end
end

local function field_text(value, separator, nan_as_missing)
  if value == nil or (nan_as_missing and value ~= value) then return '' end
  local text = tostring(value)
  if text:find('[\n\r"]') or text:find(separator, 1, true) then return '"' .. text:gsub('"', '""') .. '"' end
  return text
end

--- The text of a row of `count` values, with its line end.
function rows.join(values, count, separator, nan_as_missing)
  local texts = {}
  for i = 1, count do texts[i] = field_text(values[i], separator, nan_as_missing) end
  return table.concat(texts, separator) .. '\n'
end

return rows
