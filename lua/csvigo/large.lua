--- A list of the rows of a large CSV text that takes a row apart only when it is asked for.
local ffi = require 'ffi'
local rows = require 'csvigo.rows'

local SHOWN = 10

local function find_rows(text, separator)
  local bytes, length = ffi.cast('const uint8_t *', text), #text
  local capacity, count, start = 1024, 0, 0
  local ends = ffi.new('int64_t[?]', 2 * capacity)
  while start < length do
    local stop, following = rows.bounds(bytes, length, start, separator:byte())
    if count == capacity then
      local larger = ffi.new('int64_t[?]', 4 * capacity)
      ffi.copy(larger, ends, 16 * capacity)
      ends, capacity = larger, 2 * capacity
    end
    ends[2 * count], ends[2 * count + 1] = start, stop
    count, start = count + 1, following
  end
  return ends, count
end

--- The read-only list of the rows of a text.
return function(text, separator, path)
  local ends, count = find_rows(text, separator)

  local function row(i)
    if type(i) ~= 'number' or i < 1 or i > count or i % 1 ~= 0 then return nil end
    local line = text:sub(tonumber(ends[2 * i - 2]) + 1, tonumber(ends[2 * i - 1]))
    return rows.split(line, separator) or error(('%s: row %d: a quote is not closed'):format(path, i), 2)
  end

  local function following(_, i)
    if i < count then return i + 1, row(i + 1) end
  end

  local function iterate(list) return following, list, 0 end

  local function describe()
    local lines = {}
    for i = 1, count do
      if i <= SHOWN or i > count - SHOWN then
        lines[#lines + 1] = i .. ' : ' .. rows.join(row(i), #row(i), separator):sub(1, -2)
      elseif i == SHOWN + 1 then
        lines[#lines + 1] = '...'
      end
    end
    return table.concat(lines, '\n')
  end

  return setmetatable({}, {
    __index = function(_, i) return row(i) end,
    __newindex = function() error('csvigo: a table loaded in large mode can only be read', 2) end,
    __len = function() return count end,
    __pairs = iterate,
    __ipairs = iterate,
    __tostring = describe,
  })
end
