--- CSV files: `csvigo.load` and `csvigo.save` for whole files, `csvigo.File` row by row.
local dok = require 'dok'
local large = require 'csvigo.large'
local query = require 'csvigo.query'
local rows = require 'csvigo.rows'
local torch = require 'torch'

local csvigo = { File = require 'csvigo.File' }

local function reporter(verbose)
  if not verbose then return function() end end
  return function(text) print('<csv>\t' .. text) end
end

local TRUTH = { ['true'] = true, ['false'] = false }

-- Whether the first row names the columns: unless it starts with a number, if nobody says.
local function has_header(option, first)
  if type(option) == 'boolean' then return option end
  if TRUTH[option] ~= nil then return TRUTH[option] end
  if option ~= 'auto' then error("csvigo.load: header must be true, false or 'auto', not " .. tostring(option), 3) end
  return tonumber(first[1]) == nil
end

local function read_text(path, skip)
  local file, message = io.open(path, 'rb')
  if not file then error('csvigo.load: ' .. message, 3) end
  for _ = 1, skip do file:read '*l' end
  local text = file:read '*a'
  file:close()
  if text == nil then error(('csvigo.load: %s: cannot be read'):format(path), 3) end
  return text
end

local function tidy(text, options)
  local next_row = rows.each(text, options.separator, options.path)
  local number, first = next_row()
  if not first then error(('csvigo.load: %s is empty'):format(options.path), 3) end
  local names, columns, data = {}, {}, {}
  local header = has_header(options.header, first)
  for i, name in ipairs(first) do
    names[i] = header and name or 'var_' .. i
    -- Columns of one name are one variable.
    data[names[i]] = data[names[i]] or {}
    columns[i] = data[names[i]]
  end
  local fields = first
  if header then number, fields = next_row() end
  while fields do
    local blank = #fields == 1 and fields[1] == '' and #names > 1
    if not blank and #fields > #names then
      error(('csvigo.load: %s: row %d has %d fields, the first row has %d'):format(
        options.path, number, #fields, #names), 3)
    end
    for i = 1, blank and 0 or #names do
      local column = columns[i]
      column[#column + 1] = fields[i] or ''
    end
    number, fields = next_row()
  end
  return data, names
end

--- Loads a CSV file; values stay texts.
--
-- Modes: `tidy` (default): a table of columns by name; `raw`: a list of rows; `query`: a function that selects rows;
-- `large`: a read-only list of rows that are taken apart when they are asked for.
function csvigo.load(...)
  local options = dok.unpack({ ... }, 'csvigo.load', 'Loads a CSV file in one of the modes raw, tidy, query and large.',
    { arg = 'path', type = 'string', help = 'path to file', req = true },
    { arg = 'separator', type = 'string', help = 'separator (one character)', default = ',' },
    { arg = 'mode', type = 'string', help = 'load mode: raw | tidy | query | large', default = 'tidy' },
    { arg = 'header', type = 'string', help = 'file has a header (variable names): true | false | auto', default = 'auto' },
    { arg = 'verbose', type = 'boolean', help = 'verbose load', default = true },
    { arg = 'skip', type = 'number', help = 'skip this many lines at start of file', default = 0 },
    { arg = 'column_order', type = 'boolean', help = "first return the columns' order in tidy mode", default = false })
  local report, mode = reporter(options.verbose), options.mode
  report('parsing file: ' .. options.path)
  local text = read_text(options.path, options.skip)
  if mode == 'raw' then
    local all = {}
    for number, fields in rows.each(text, options.separator, options.path) do all[number] = fields end
    report 'returning parsed file'
    return all
  elseif mode == 'large' then
    return large(text, options.separator, options.path)
  elseif mode ~= 'tidy' and mode ~= 'query' then
    error(("csvigo.load: unknown mode '%s': raw, tidy, query or large is expected"):format(tostring(mode)), 2)
  end
  report 'tidying up entries'
  local data, names = tidy(text, options)
  if mode == 'query' then
    report 'returning query function'
    return query(data, names)
  end
  report 'returning tidy table'
  if options.column_order then return names, data end
  return data
end

local function as_list(values)
  if torch.isTensor(values) or torch.isStorage(values) then return values:totable() end
  return values
end

local function columns_to_rows(data, order, header)
  local names = {}
  if type(order) == 'table' then
    names = order
  else
    for name in pairs(data) do names[#names + 1] = name end
    table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  end
  local columns, length = {}, 0
  for i, name in ipairs(names) do
    if data[name] == nil then error(("csvigo.save: there is no column '%s'"):format(tostring(name)), 3) end
    columns[i] = as_list(data[name])
    length = math.max(length, #columns[i])
  end
  local all = header and { names } or {}
  for row = 1, length do
    local values = {}
    for i, column in ipairs(columns) do values[i] = column[row] end
    all[#all + 1] = values
  end
  return all, #names
end

local function detect(data)
  if type(data) == 'function' then return 'query' end
  return (torch.isTensor(data) or #data > 0) and 'raw' or 'tidy'
end

--- Saves a list of rows (`raw`), a table of columns (`tidy`) or what a query function holds (`query`).
function csvigo.save(...)
  local options = dok.unpack({ ... }, 'csvigo.save', 'Saves a list of rows, a table of columns or a query to a CSV file.',
    { arg = 'path', type = 'string', help = 'path to file', req = true },
    { arg = 'data', type = 'table', help = 'table to save as a CSV file', req = true },
    { arg = 'separator', type = 'string', help = 'separator (one character)', default = ',' },
    { arg = 'mode', type = 'string', help = 'table to save is represented as: raw | tidy | query', default = 'autodetect' },
    { arg = 'header', type = 'boolean', help = 'table has a header (variable names)', default = true },
    { arg = 'verbose', type = 'boolean', help = 'verbose save', default = true },
    { arg = 'column_order', type = 'table', help = 'write the columns in this order' },
    { arg = 'nan_as_missing', type = 'boolean', help = 'save nan values (0/0) as missing', default = false })
  local report, data, mode = reporter(options.verbose), options.data, options.mode
  if mode == 'autodetect' then mode = detect(data) end
  if mode == 'query' then data, mode = data 'all', 'tidy' end
  local all, width
  if mode == 'raw' then
    all = as_list(data)
  elseif mode == 'tidy' then
    all, width = columns_to_rows(data, options.column_order, options.header)
  else
    error(("csvigo.save: unknown mode '%s': raw, tidy or query is expected"):format(tostring(mode)), 2)
  end
  report('writing to file: ' .. options.path)
  local file, message = io.open(options.path, 'wb')
  if not file then error('csvigo.save: ' .. message, 2) end
  for _, values in ipairs(all) do
    values = as_list(values)
    file:write(rows.join(values, width or #values, options.separator, options.nan_as_missing))
  end
  file:close()
  report 'writing done'
end

rawset(_G, 'csvigo', csvigo)

return csvigo
