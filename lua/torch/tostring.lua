--- Tensors and storages as text, in columns of one common number format.
local torch = require 'torch.namespace'
local elements = require 'torch.elements'
local half = require 'torch.half'
local ctypes = require 'torch.ctypes'
local C = require('bridge').C
local ffi = require 'ffi'
local floor, log10, abs = math.floor, math.log10, math.abs

local printer = {}

local LINE_WIDTH = 80

--- Digits before the decimal point (0 or less for numbers below 1).
local function digits(magnitude)
  if magnitude == 0 then return 1 end
  return floor(log10(magnitude)) + 1
end

--- What all `count` numbers look like together: whether all are whole, the least and greatest magnitude,
-- and whether one is not a number.
local function survey(data, count)
  local whole, least, greatest = true, math.huge, 0
  for i = 0, count - 1 do
    local value = data[i]
    if value ~= value then return false, 0, 0, true end
    if value ~= math.ceil(value) then whole = false end
    value = abs(value)
    if value < least then least = value end
    if value > greatest then greatest = value end
  end
  return whole, least, greatest, false
end

--- Chooses how numbers are printed.
-- @param data pointer to doubles
-- @return the format, the scale that numbers are divided by (1 for none), the width of a column (nil when
--   the columns of a NaN's row have no common width)
local function choose_format(data, count)
  if count == 0 then return '', 1, 0 end
  local whole, least, greatest, has_nan = survey(data, count)
  if has_nan then return '%f', 1, nil end
  local low, high = digits(least), digits(greatest)
  if whole then
    if high > 9 then return '%11.4e', 1, 11 end
    return ('%%%dd'):format(high + 1), 1, high + 1
  end
  if high - low > 4 then
    local width = (abs(low) > 99 or abs(high) > 99) and 12 or 11
    return ('%%%d.4e'):format(width), 1, width
  end
  if high > 5 or high < 0 then return '%7.4f', 10 ^ (high - 1), 7 end
  local width = high == 0 and 7 or high + 6
  return ('%%%d.4f'):format(width), 1, width
end

local function scale_line(scale) return scale == 1 and '' or ('%g *\n'):format(scale) end

local function vector(data, count)
  local format, scale = choose_format(data, count)
  local lines = { scale_line(scale) }
  for i = 0, count - 1 do lines[#lines + 1] = format:format(data[i] / scale) .. '\n' end
  return table.concat(lines)
end

--- One matrix, broken into blocks of columns that fit a line.
-- @param look the format, scale and width of the tensor that the matrix belongs to
-- @param indent what each line starts with
local function matrix(data, rows, columns, look, indent)
  local per_block = look.width and floor((LINE_WIDTH - #indent) / (look.width + 1)) or columns
  local in_blocks = per_block < columns
  local lead = look.scale == 1 and indent or indent .. ' '
  local out = {}
  for first = 1, columns, per_block do
    local last = math.min(first + per_block - 1, columns)
    -- Only the first block's heading is indented, as it always was.
    local heading = first == 1 and indent or '\n'
    if in_blocks then
      out[#out + 1] = ('%sColumns %d to %d\n'):format(heading, first, last)
      heading = indent
    end
    if look.scale ~= 1 then out[#out + 1] = heading .. scale_line(look.scale) end
    for row = 0, rows - 1 do
      local cells = {}
      for column = first, last do
        cells[#cells + 1] = look.format:format(data[row * columns + column - 1] / look.scale)
      end
      out[#out + 1] = lead .. table.concat(cells, ' ') .. '\n'
    end
  end
  return table.concat(out)
end

--- The matrices of a tensor of three or more dimensions, the first dimension running fastest.
local function matrices(data, sizes, look)
  local outer = #sizes - 2
  local rows, columns = sizes[outer + 1], sizes[outer + 2]
  local strides = {}
  local stride = rows * columns
  for d = outer, 1, -1 do
    strides[d] = stride
    stride = stride * sizes[d]
  end
  local total = stride / (rows * columns)

  local out = {}
  local index = {}
  for number = 0, total - 1 do
    local offset, rest = 0, number
    for d = 1, outer do
      local here = rest % sizes[d]
      rest = (rest - here) / sizes[d]
      index[d] = here + 1
      offset = offset + here * strides[d]
    end
    out[#out + 1] = ('(%s,.,.) = \n%s'):format(table.concat(index, ','),
      matrix(data + offset, rows, columns, look, ' '))
  end
  return table.concat(out, '\n')
end

--- The text of a tensor, ending with a newline.
function printer.tensor(tensor)
  local class = torch.typename(tensor)
  local dims = tensor:dim()
  if dims == 0 then return ('[%s with no dimension]\n'):format(class) end
  local sizes = {}
  for d = 1, dims do sizes[d] = tensor:size(d) end

  local copy = torch.DoubleTensor(tensor:size()):copy(tensor)
  local data, count = copy:data(), copy:nElement()
  C.fbl_replace_nans(ctypes.codes.Double, data, count)
  local body
  if dims == 1 then
    body = vector(data, count)
  else
    local format, scale, width = choose_format(data, count)
    local look = { format = format, scale = scale, width = width }
    body = dims == 2 and matrix(data, sizes[1], sizes[2], look, '') or matrices(data, sizes, look)
  end
  return ('%s[%s of size %s]\n'):format(body, class, table.concat(sizes, 'x'))
end

--- The numbers of a storage as an array of doubles.
local function doubles(storage, class)
  local count = storage:size()
  local values = ffi.new('double[?]', math.max(count, 1))
  local element = elements[class:match('^torch%.(%a+)Storage$') or '']
  if not element then
    local copy = torch.DoubleStorage(count):copy(storage)
    C.fbl_replace_nans(ctypes.codes.Double, copy:data(), count)
    ffi.copy(values, copy:data(), count * 8)
    return values, count
  end
  local data = storage:data()
  C.fbl_replace_nans(ctypes.codes[element.name], data, count)
  local convert = element.text == 'half' and half.to_number or tonumber
  for i = 0, count - 1 do values[i] = convert(data[i]) end
  return values, count
end

--- The text of a storage, ending with a newline.
function printer.storage(storage)
  local class = torch.typename(storage)
  local values, count = doubles(storage, class)
  return ('%s[%s of size %d]\n'):format(count > 0 and vector(values, count) or '', class, count)
end

return printer
