--- Iterators over words, numbers and fields of a text or file.
local utils = require 'pl.utils'

local input = {}

local function lines_of(source)
  if source == nil then return io.lines() end
  if type(source) == 'string' then return require('pl.stringx').lines(source) end
  if type(source) == 'function' then return source end
  if source.lines then return source:lines() end
  error("input: a text, a file or a function is expected, got a '" .. type(source) .. "'", 3)
end

--- Iterator over all lines without their ends. Nothing: the standard input.
function input.create_getter(source) return lines_of(source) end

local function pieces(source, pattern, convert)
  local next_line, next_piece = lines_of(source), nil
  return function()
    while true do
      local piece = next_piece and next_piece()
      if piece then return convert and convert(piece) or piece end
      local line = next_line()
      if not line then return nil end
      next_piece = line:gmatch(pattern)
    end
  end
end

function input.words(source) return pieces(source, '%w+') end

function input.numbers(source) return pieces(source, utils.patterns.FLOAT, tonumber) end

--- Iterator over some fields of each line, converted to numbers where all of them are.
-- @param wanted indices of the fields, or how many of the first ones
-- @param delimiter pattern between fields (default: white space)
-- @param options `{no_fail = true}`: a line with too few fields ends the iteration instead of being an error
function input.fields(wanted, delimiter, source, options)
  if type(wanted) == 'number' then
    local count = wanted
    wanted = {}
    for i = 1, count do wanted[i] = i end
  end
  local next_line = lines_of(source)
  return function()
    local line = next_line()
    if not line then return nil end
    local fields = utils.split(line, delimiter or '%s+')
    local results = {}
    for i, index in ipairs(wanted) do
      local field = fields[index]
      if field == nil then
        if options and options.no_fail then return nil end
        error(("input.fields: there is no field %d in '%s'"):format(index, line), 2)
      end
      results[i] = tonumber(field) or field
    end
    return unpack(results, 1, #wanted)
  end
end

return input
