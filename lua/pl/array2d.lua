--- Tables of rows: `array2d.map`, `reduce_rows`, `slice`, `transpose`, … Ranges are i1, j1, i2, j2, negative from the end.
local tablex = require 'pl.tablex'
local utils = require 'pl.utils'

local array2d = {}

local append = table.insert

local function callable(f, ...) return utils.function_arg(1, f, ...) end

--- size(a): rows and columns.
function array2d.size(a)
  if #a == 0 then return 0, 0 end
  return #a, #a[1]
end

--- new(rows, columns, value): the value may be a function of row and column.
function array2d.new(rows, columns, value)
  local result = {}
  for i = 1, rows do
    local row = {}
    for j = 1, columns do
      if type(value) == 'function' then row[j] = value(i, j) else row[j] = value end
    end
    result[i] = row
  end
  return result
end

--- column(a, j): a list.
function array2d.column(a, j)
  local result = {}
  for i = 1, #a do result[i] = a[i][j] end
  return result
end

--- row(a, i): a copy.
function array2d.row(a, i) return { unpack(a[i]) } end

--- map(f, a [, argument])
function array2d.map(f, a, argument)
  f = callable(f)
  local result = {}
  for i, row in ipairs(a) do result[i] = tablex.imap(f, row, argument) end
  return result
end

--- reduce_rows(f, a): one value a row.
function array2d.reduce_rows(f, a)
  local result = {}
  for i, row in ipairs(a) do result[i] = tablex.reduce(f, row) end
  return result
end

--- reduce_cols(f, a): one value a column.
function array2d.reduce_cols(f, a) return array2d.reduce_rows(f, array2d.transpose(a)) end

--- reduce2(outer, inner, a): the rows by `inner`, the results by `outer`.
function array2d.reduce2(outer, inner, a) return tablex.reduce(outer, array2d.reduce_rows(inner, a)) end

--- map2(f, da, db, a, b [, argument]): over two arrays, of one or two dimensions as da and db say.
function array2d.map2(f, da, db, a, b, argument)
  f = callable(f)
  if da == 1 and db == 1 then return tablex.map2(f, a, b, argument) end
  local result = {}
  for i = 1, da == 2 and #a or #b do
    local row = {}
    local width = da == 2 and #a[i] or #b[i]
    for j = 1, width do row[j] = f(da == 2 and a[i][j] or a[j], db == 2 and b[i][j] or b[j], argument) end
    result[i] = row
  end
  return result
end

--- product(f, a, b): f of each pair of two lists; a row for each value of b.
function array2d.product(f, a, b)
  f = callable(f)
  local result = {}
  for i, second in ipairs(b) do
    local row = {}
    for j, first in ipairs(a) do row[j] = f(first, second) end
    result[i] = row
  end
  return result
end

--- flatten(a): a list, row after row.
function array2d.flatten(a)
  local result, columns = {}, 0
  for _, row in ipairs(a) do columns = math.max(columns, table.maxn(row)) end
  for i, row in ipairs(a) do
    for j = 1, columns do result[(i - 1) * columns + j] = row[j] end
  end
  return result
end

--- reshape(a, rows [, by_columns])
function array2d.reshape(a, rows, by_columns)
  local list = array2d.flatten(a)
  local columns = #list / rows
  return array2d.new(rows, columns, function(i, j)
    return list[by_columns and (j - 1) * rows + i or (i - 1) * columns + j]
  end)
end

--- transpose(a)
function array2d.transpose(a)
  local rows, columns = array2d.size(a)
  return array2d.new(columns, rows, function(i, j) return a[j][i] end)
end

--- swap_rows(a, i1, i2): in place.
function array2d.swap_rows(a, first, second)
  a[first], a[second] = a[second], a[first]
  return a
end

--- swap_cols(a, j1, j2): in place.
function array2d.swap_cols(a, first, second)
  for _, row in ipairs(a) do row[first], row[second] = row[second], row[first] end
  return a
end

--- extract_rows(a, indices)
function array2d.extract_rows(a, indices)
  local result = {}
  for i, index in ipairs(indices) do result[i] = { unpack(a[index]) } end
  return result
end

--- extract_cols(a, indices)
function array2d.extract_cols(a, indices)
  local result = {}
  for i, row in ipairs(a) do
    result[i] = {}
    for j, index in ipairs(indices) do result[i][j] = row[index] end
  end
  return result
end

--- remove_row(a, i): in place.
array2d.remove_row = table.remove

--- remove_col(a, j): in place.
function array2d.remove_col(a, j)
  for _, row in ipairs(a) do table.remove(row, j) end
end

-- 'B3' or 'R3C2' as row and column.
local function parse_cell(text)
  local row, column = text:match '^R(%d+)C(%d+)$'
  if row then return tonumber(row), tonumber(column) end
  local letters, digits = text:match '^(%a+)(%d+)$'
  if not letters then error(('array2d: %q is no cell, such as B3 or R3C2'):format(text), 3) end
  column = 0
  for letter in letters:upper():gmatch '.' do column = column * 26 + letter:byte() - 64 end
  return tonumber(digits), column
end

--- parse_range(text): rows and columns of 'A1:B2', 'R1C1:R2C2' or one cell.
function array2d.parse_range(text)
  local first, last = text:match '^(%w+):(%w+)$'
  if not first then return parse_cell(text) end
  local i1, j1 = parse_cell(first)
  local i2, j2 = parse_cell(last)
  return i1, j1, i2, j2
end

--- default_range(a [, i1, j1, i2, j2]): positive indices; the whole array without them.
function array2d.default_range(a, i1, j1, i2, j2)
  local rows, columns = array2d.size(a)
  local function absolute(index, size, default)
    index = index or default
    if index < 0 then return math.max(index + size + 1, 1) end
    return math.min(math.max(index, 1), math.max(size, 1))
  end
  i1, j1 = absolute(i1, rows, 1), absolute(j1, columns, 1)
  i2, j2 = absolute(i2, rows, rows), absolute(j2, columns, columns)
  return i1, j1, i2, j2
end

--- slice(a [, i1, j1, i2, j2]): a list where one row or column is asked for, a value where one cell is.
function array2d.slice(a, i1, j1, i2, j2)
  i1, j1, i2, j2 = array2d.default_range(a, i1, j1, i2, j2)
  if i1 == i2 and j1 == j2 then return a[i1][j1] end
  local result = {}
  for i = i1, i2 do
    if j1 == j2 then
      append(result, a[i][j1])
    elseif i1 == i2 then
      for j = j1, j2 do append(result, a[i][j]) end
    else
      append(result, { unpack(a[i], j1, j2) })
    end
  end
  return result
end

--- range(a, 'A1:B2'): the slice of a range of cells.
function array2d.range(a, text)
  local i1, j1, i2, j2 = array2d.parse_range(text)
  if not i2 then return a[i1][j1] end
  return array2d.slice(a, i1, j1, i2, j2)
end

--- set(a, value [, i1, j1, i2, j2]): in place; the value may be a function of row and column.
function array2d.set(a, value, i1, j1, i2, j2)
  i1, j1, i2, j2 = array2d.default_range(a, i1, j1, i2, j2)
  for i = i1, i2 do
    for j = j1, j2 do
      if type(value) == 'function' then a[i][j] = value(i, j) else a[i][j] = value end
    end
  end
end

--- forall(a, visit [, end_of_row [, i1, j1, i2, j2]]): visit(row, j) for each element, end_of_row(i) after each row.
function array2d.forall(a, visit, end_of_row, i1, j1, i2, j2)
  i1, j1, i2, j2 = array2d.default_range(a, i1, j1, i2, j2)
  for i = i1, i2 do
    for j = j1, j2 do visit(a[i], j) end
    if end_of_row then end_of_row(i) end
  end
end

--- write(a [, file [, format [, i1, j1, i2, j2]]]): the elements in lines; the format is one for string.format.
function array2d.write(a, file, format, i1, j1, i2, j2)
  file = file or io.stdout
  local function put(row, j) file:write(format and format:format(row[j]) or tostring(row[j]) .. ' ') end
  array2d.forall(a, put, function() file:write '\n' end, i1, j1, i2, j2)
end

--- move(target, row, column, a [, i1, j1, i2, j2]): copies a block.
function array2d.move(target, row, column, a, i1, j1, i2, j2)
  i1, j1, i2, j2 = array2d.default_range(a, i1, j1, i2, j2)
  for i = i1, i2 do
    for j = j1, j2 do target[row + i - i1][column + j - j1] = a[i][j] end
  end
end

--- iter(a [, with_indices [, i1, j1, i2, j2]]): an iterator over the elements; with indices over row, column, element.
function array2d.iter(a, with_indices, i1, j1, i2, j2)
  i1, j1, i2, j2 = array2d.default_range(a, i1, j1, i2, j2)
  local i, j = i1, j1 - 1
  return function()
    j = j + 1
    if j > j2 then i, j = i + 1, j1 end
    if i > i2 then return nil end
    if with_indices then return i, j, a[i][j] end
    return a[i][j]
  end
end

--- columns(a): an iterator over the columns and their numbers.
function array2d.columns(a)
  local _, count = array2d.size(a)
  local j = 0
  return function()
    j = j + 1
    if j > count then return nil end
    return array2d.column(a, j), j
  end
end

--- rows(a): an iterator over copies of the rows and their numbers.
function array2d.rows(a)
  local i = 0
  return function()
    i = i + 1
    if not a[i] then return nil end
    return array2d.row(a, i), i
  end
end

return array2d
