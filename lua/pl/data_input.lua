--- Reading delimited text, for pl.data.
local stringx = require 'pl.stringx'
local utils = require 'pl.utils'

local input = {}

local function open(file)
  if type(file) == 'string' then
    local opened, message = io.open(file, 'r')
    if not opened then return nil, message end
    return opened, true
  end
  if type(file) == 'table' or io.type(file) then return file, false end
  return nil, 'not a file-like object'
end

local function quoted_fields(line, delimiter)
  local fields, position = {}, 1
  while true do
    local from, to, field = line:find('^%s*"(.-)"%s*', position)
    while from and line:sub(to + 1, to + 1) == '"' do -- two quotes are one
      local _, behind, rest = line:find('^"(.-)"%s*', to + 1)
      if not behind then break end
      field, to = field .. '"' .. rest, behind
    end
    if from then
      fields[#fields + 1] = field
      position = to + 1
    else
      local stop = line:find(delimiter, position, true) or #line + 1
      fields[#fields + 1] = line:sub(position, stop - 1)
      position = stop
    end
    if position > #line then return fields end
    position = position + #delimiter
  end
end

local function splitter(options, delimiter, width)
  if options.csv then return function(line) return quoted_fields(line, delimiter) end end
  local pattern = delimiter
  if delimiter == ' ' or delimiter == '%s+' then pattern = '%s+' elseif #delimiter == 1 then pattern = utils.escape(delimiter) end
  local most = options.last_field_collect and width or nil
  return function(line)
    local fields = utils.split(line, pattern, false, most)
    if pattern ~= '%s+' and line:find(pattern .. '$') and not most then fields[#fields + 1] = '' end
    return fields
  end
end

local function as_number(text, options)
  if options.thousands_dot then text = text:gsub('%.', ''):gsub(',', '.') else text = text:gsub('^(%-?%d+),(%d%d%d)', '%1%2') end
  if text == '' and options.csv then return 0 end
  return tonumber(text)
end

-- The columns whose first value is a number; later ones have to be numbers too.
local function numeric_columns(options, fields)
  local numeric = {}
  if options.no_convert then return numeric end
  if options.numfields then
    for _, index in ipairs(options.numfields) do numeric[index] = true end
    return numeric
  end
  for i, field in ipairs(fields) do numeric[i] = field ~= '' and as_number(field, options) ~= nil or nil end
  return numeric
end

local function convert_row(fields, numeric, options, names, line_number)
  for i in pairs(numeric) do
    if fields[i] ~= nil then
      local number = as_number(fields[i], options)
      if number == nil then
        return nil, ("line %d: cannot convert '%s' to a number in column %s"):format(line_number, fields[i], names[i] or i)
      end
      fields[i] = number
    end
  end
  for column, fn in pairs(options.convert or {}) do
    local index = column
    if type(column) == 'string' then
      for i, name in ipairs(names) do
        if name == column then index = i end
      end
    end
    if fields[index] ~= nil then fields[index] = fn(fields[index]) end
  end
  return fields
end

local function field_names(options, next_line, delimiter)
  if options.fieldnames then
    if type(options.fieldnames) == 'table' then return options.fieldnames end
    return utils.split(options.fieldnames, delimiter == '%s+' and delimiter or utils.escape(delimiter))
  end
  local line = next_line()
  if not line then return nil, 'empty file' end
  local names = {}
  for i, name in ipairs(splitter(options, delimiter)(line)) do
    names[i] = stringx.strip(name):gsub('%W', '_')
  end
  return names
end

--- A list of rows with `fieldnames` and `delim`, or nil and a message.
function input.read(file, options, guess_delimiter)
  local source, own = open(file)
  if not source then return nil, own end
  local lines, position = {}, 0
  for line in source:lines() do
    if line:find '%S' then lines[#lines + 1] = line:gsub('\r$', '') end
  end
  if own then source:close() end
  local function next_line()
    position = position + 1
    return lines[position]
  end

  local delimiter = options.delim or (options.csv and ',') or guess_delimiter(lines[1] or '')
  local names, message = field_names(options, next_line, delimiter)
  if not names then return nil, message end
  local split, numeric = splitter(options, delimiter, #names), nil
  local rows = { fieldnames = names, delim = delimiter }
  for line in next_line do
    local fields = split(stringx.strip(line, ' '))
    numeric = numeric or numeric_columns(options, fields)
    local row, failure = convert_row(fields, numeric, options, names, position)
    if not row then return nil, failure end
    rows[#rows + 1] = row
  end
  return rows
end

return input
