--- optim.Logger([filename[, timestamp]]): writes rows of numbers to a file, tab separated, and plots them.
-- Either :setNames{…} and :add{numbers} in that order, or :add{name = number, …}. Without a file name it writes to stdout.
require 'paths'

local Logger = torch.class('optim.Logger')

function Logger:__init(filename, timestamp)
  if filename then
    self.name = filename
    local folder = paths.dirname(filename)
    if not paths.dirp(folder) then os.execute(('mkdir -p "%s"'):format(folder)) end
    if timestamp then filename = filename .. '-' .. os.date('%Y_%m_%d_%X') end
    local message
    self.file, message = io.open(filename, 'w')
    if not self.file then error('Logger: cannot write ' .. message, 2) end
    self.epsfile = self.name .. '.eps'
  else
    self.file = io.stdout
    self.name = 'stdout'
    print('<Logger> warning: no path provided, logging to std out')
  end
  self.empty = true
  self.symbols, self.styles, self.names, self.idx = {}, {}, {}, {}
  self.showPlot = true
  self.defaultStyle = '+'
  self.logscale = false
end

--- Begins a column: its heading goes into the file.
local function begin_column(self, key, name)
  self.file:write(name .. '\t')
  self.symbols[key] = {}
  self.styles[key] = { self.defaultStyle }
  self.names[key] = name
  self.idx[name] = key
end

--- Names the columns of rows that are given as lists.
function Logger:setNames(names)
  self.empty = false
  self.nsymbols = #names
  for key, name in pairs(names) do begin_column(self, key, name) end
  self.names = names
  self.file:write('\n')
  self.file:flush()
  return self
end

--- Writes one row and keeps it for plotting. Values are numbers or strings.
function Logger:add(symbols)
  if self.empty then
    self.empty = false
    self.nsymbols = #symbols
    for key in pairs(symbols) do begin_column(self, key, key) end
    self.file:write('\n')
  end
  for key, value in pairs(symbols) do
    if type(value) == 'number' then
      self.file:write(('%11.4e\t'):format(value))
    elseif type(value) == 'string' then
      self.file:write(value .. '\t')
    else
      error('<Logger> can only log numbers and strings, got ' .. torch.type(value), 2)
    end
    if not self.symbols[key] then error(('<Logger> no column is called %s'):format(tostring(key)), 2) end
    table.insert(self.symbols[key], value)
  end
  self.file:write('\n')
  self.file:flush()
end

--- Plot styles of columns: '-' line, '+' points, '~' smooth line, '|' bars; or a list of several.
function Logger:style(symbols)
  for key, style in pairs(symbols) do
    if type(style) ~= 'string' and type(style) ~= 'table' then
      error('<Logger> style should be a string or a table of strings', 2)
    end
    self.styles[key] = type(style) == 'string' and { style } or style
  end
  return self
end

--- Switches the logarithmic vertical axis on or off.
function Logger:setlogscale(state)
  self.logscale = state
end

--- Switches plotting into a figure of its own, beside the EPS file, on or off.
function Logger:display(state)
  self.showPlot = state
end

--- The curves to plot, as gnuplot takes them: {name, values, style}.
local function curves(self, wanted)
  local list = {}
  local function add(key)
    local values = self.symbols[key]
    if not values or #values < 2 then return end
    local numbers = torch.Tensor(values)
    for _, style in ipairs(self.styles[key]) do list[#list + 1] = { self.names[key], numbers, style } end
  end
  if #wanted == 0 then
    for key in pairs(self.symbols) do add(key) end
  else
    for _, name in ipairs(wanted) do add(self.idx[name]) end
  end
  return list
end

local function draw(self, gnuplot, list)
  if self.logscale then gnuplot.logscale('on') end
  gnuplot.plot(list)
  if self.plotRawCmd then gnuplot.raw(self.plotRawCmd) end
  gnuplot.grid('on')
  gnuplot.title('<Logger::' .. self.name .. '>')
end

--- Plots the named columns (all without names) into a figure, and into <filename>.eps.
function Logger:plot(...)
  local list = curves(self, { ... })
  if #list == 0 then return end
  local gnuplot = require 'gnuplot'
  if type(gnuplot) ~= 'table' then gnuplot = _G.gnuplot end
  if self.showPlot then
    self.figure = gnuplot.figure(self.figure)
    draw(self, gnuplot, list)
  end
  if self.epsfile then
    local figure = gnuplot.epsfigure(self.epsfile)
    draw(self, gnuplot, list)
    gnuplot.plotflush()
    gnuplot.close(figure)
  end
end

return optim.Logger
