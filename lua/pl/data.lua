--- Columns of text as a list of rows with field names, and queries on them.
local input = require 'pl.data_input'
local query = require 'pl.data_query'
local utils = require 'pl.utils'

local data = { query = query.select }

local Data = {}
Data.__index = Data

local function column_index(self, name)
  if type(name) == 'number' then return name end
  for i, field in ipairs(self.fieldnames) do
    if field == name then return i end
  end
  return nil
end

--- A column as a list, by name or number; nil and a message where there is none.
function Data:column_by_name(name)
  local index = column_index(self, name)
  if not index or index < 1 or index > #self.fieldnames then
    return utils.raise('no field with name ' .. tostring(name))
  end
  local column = {}
  for i = 1, #self do column[i] = self[i][index] end
  return require 'pl.List'(column)
end

function Data:column_names() return self.fieldnames end

--- Iterator over the fields that a query selects.
function Data:select(condition) return query.select(self, condition) end

--- Iterator over the selected fields as tables.
function Data:select_row(condition) return query.select(self, condition, nil, true) end

--- The data that a query selects.
function Data:copy_select(condition)
  local iterator, message = query.select(self, condition, nil, true)
  if not iterator then return utils.raise(message) end
  local rows = {}
  for row in iterator do rows[#rows + 1] = row end
  return data.new(rows, query.fields(self, condition))
end

local function writable(file)
  if type(file) ~= 'string' then return file or io.stdout, false end
  local opened, message = io.open(file, 'w')
  if not opened then return nil, message end
  return opened, true
end

local function join(values, delimiter) return table.concat(utils.array_tostring(values), delimiter) end

--- Writes a row.
function Data:write_row(file, row) file:write(join(row, self.delim), '\n') end

--- Writes the field names and all rows to a file (name or object).
function Data:write(file)
  return data.write(self, file, self.fieldnames, self.delim)
end

--- Writes a list of rows to a file (name or object): true, or nil and a message.
function data.write(rows, file, fieldnames, delimiter)
  delimiter = delimiter or '\t'
  local output, own = writable(file)
  if not output then return utils.raise(own) end
  if fieldnames and #fieldnames > 0 then output:write(join(fieldnames, delimiter), '\n') end
  for i = 1, #rows do output:write(join(rows[i], delimiter), '\n') end
  if own then output:close() end
  return true
end

local function guess_delimiter(text)
  for _, delimiter in ipairs { ',', '\t', ' ', ';' } do
    if text:find(delimiter, 1, true) then return delimiter == ' ' and '%s+' or delimiter end
  end
  return ' '
end

--- Makes a list of rows a data object.
-- @param fieldnames list of names, or a text of them; default: the field `fieldnames` of the list
function data.new(rows, fieldnames)
  fieldnames = fieldnames or rows.fieldnames or ''
  local delimiter = rows.delim
  if type(fieldnames) == 'string' then
    delimiter = delimiter or guess_delimiter(fieldnames)
    fieldnames = utils.split(fieldnames, delimiter)
  end
  rows.fieldnames = require 'pl.List'(fieldnames)
  rows.delim = delimiter == '%s+' and ' ' or delimiter or '\t'
  return setmetatable(rows, Data)
end

--- Reads columns from a file (name or object); nil and a message when that fails.
--
-- Options: `delim`, `fieldnames` (a list, or a text), `no_convert`, `convert` (functions by column), `numfields` (indices of
-- columns that are numbers), `last_field_collect`, `thousands_dot`, `csv` (quoted fields).
function data.read(file, options)
  local rows, message = input.read(file, options or {}, guess_delimiter)
  if not rows then return utils.raise(message) end
  return data.new(rows, rows.fieldnames)
end

--- Writes what a query selects from the standard input or a file to the standard output or another one.
function data.filter(condition, infile, outfile, dont_fail)
  local fail = dont_fail and utils.raise or function(message) utils.quit(1, message) end
  local rows, message = data.read(infile or io.stdin)
  if not rows then return fail(message) end
  local iterator, failure = query.select(rows, condition, nil, true)
  if not iterator then return fail(failure) end
  local output, own = writable(outfile)
  if not output then return fail(own) end
  output:write(join(query.fields(rows, condition), rows.delim), '\n')
  for row in iterator do output:write(join(row, rows.delim), '\n') end
  if own then output:close() end
  return true
end

return data
