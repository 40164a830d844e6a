--- `string.format` for tiny numbers: some LuaJITs print garbage in place of zeros for `%f` of a number below 1e-154.
-- luacheck: globals string
local format, select, type = string.format, select, type

-- Below this `%f` shows no digit but zeros: Lua has 99 decimal places at most.
local TINY = 1e-100

local function is_tiny(value) return type(value) == 'number' and value < TINY and value > -TINY and value ~= 0 end

-- Zeros of the same sign in place of the tiny numbers that are written with `%f`.
local function without_tiny(text, ...)
  local values, position = { ... }, 0
  for conversion in text:gsub('%%%%', ''):gmatch '%%[-+ #0]*%d*%.?%d*(%a)' do
    position = position + 1
    if conversion == 'f' and is_tiny(values[position]) then values[position] = values[position] < 0 and -0.0 or 0 end
  end
  return format(text, unpack(values, 1, select('#', ...)))
end

if format('%f', 1e-200) == format('%f', 0) then return end

function string.format(...)
  for i = 2, select('#', ...) do
    if is_tiny((select(i, ...))) then return without_tiny(...) end
  end
  return format(...)
end
