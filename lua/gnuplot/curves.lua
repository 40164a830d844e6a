--- Reads the arguments of plot, splot and scatter3.
local torch = require 'torch'

local curves = {}

local PLOT = 'expecting [string,] tensor [,tensor] [,string]'
local SPLOT = 'expecting [string,] matrix z, or [string,] matrices x, y, z'
local SCATTER = 'expecting [string,] tensor, tensor, tensor'

local function fail(name, expected, ...)
  local got = {}
  for i = 1, select('#', ...) do got[i] = torch.type((select(i, ...))) end
  error(('gnuplot.%s: %s; got (%s)'):format(name, expected, table.concat(got, ', ')), 0)
end

-- One tensor as a matrix of rows of x, y, …; a vector gets its indices as x.
local function with_x(y)
  if y:dim() == 2 then
    if y:size(2) > 1 then return y:double() end
    y = y:select(2, 1)
  end
  return torch.cat(torch.range(1, y:size(1)):view(-1, 1), y:double():contiguous():view(-1, 1), 2)
end

local function columns_of(x, y, format)
  if y == nil then
    if x:dim() > 2 then error(('gnuplot.plot: a vector or a matrix of columns is expected, got %dD'):format(x:dim()), 0) end
    return with_x(x)
  end
  if format == 'v' then
    if x:dim() ~= 2 or y:dim() ~= 2 or x:size(2) ~= 2 or y:size(2) ~= 2 or x:size(1) ~= y:size(1) then
      error("gnuplot.plot: with the format 'v' x and y have two columns each, position and length", 0)
    end
    x, y = x:double(), y:double()
    return torch.cat({ x:narrow(2, 1, 1), y:narrow(2, 1, 1), x:narrow(2, 2, 1), y:narrow(2, 2, 1) }, 2)
  end
  if x:dim() == 2 and x:size(2) == 1 then x = x:select(2, 1) end
  if x:dim() ~= 1 or y:dim() > 2 or x:size(1) ~= y:size(1) then
    error(('gnuplot.plot: x and y dims are wrong: x is %s, y is %s'):format(
      table.concat(x:size():totable(), 'x'), table.concat(y:size():totable(), 'x')), 0)
  end
  return torch.cat(x:double():contiguous():view(-1, 1), y:double():contiguous():view(x:size(1), -1), 2)
end

-- [legend,] x [, y] [, format] as {legend, matrix, format}
local function curve(...)
  local arguments, legend = { ... }, ''
  if type(arguments[1]) == 'string' then legend = table.remove(arguments, 1) end
  local x, y, format = arguments[1], arguments[2], arguments[3]
  if type(y) == 'string' then y, format = nil, y end
  if not torch.isTensor(x) or (y ~= nil and not torch.isTensor(y)) or (format ~= nil and type(format) ~= 'string') then
    fail('plot', PLOT, ...)
  end
  return { legend, columns_of(x, y, format), format or '' }
end

-- The argument lists of one or several curves.
local function each(first, ...)
  if type(first) ~= 'table' then return { { first, ... } } end
  if type(first[1]) == 'table' then return first end
  local lists = {}
  for _, list in ipairs { first, ... } do
    if type(list) == 'table' then lists[#lists + 1] = list end
  end
  return lists
end

--- What gnuplot.plot was given: a list of {legend, matrix, format}.
function curves.read(...)
  local list = {}
  for i, arguments in ipairs(each(...)) do list[i] = curve(unpack(arguments)) end
  return list
end

local function solids(name, expected, dimensions, fits, ...)
  local list = {}
  for i, arguments in ipairs(each(...)) do
    local tensors, legend = { unpack(arguments) }, ''
    if type(tensors[1]) == 'string' then legend = table.remove(tensors, 1) end
    if not fits[#tensors] then fail(name, expected, unpack(arguments)) end
    for _, tensor in ipairs(tensors) do
      if not torch.isTensor(tensor) or tensor:dim() ~= dimensions or not tensor:isSameSizeAs(tensors[1]) then
        fail(name, expected .. ' of one size', unpack(arguments))
      end
    end
    list[i] = { legend, unpack(tensors) }
  end
  return list
end

--- What gnuplot.splot was given: a list of {legend, z} or {legend, x, y, z}.
function curves.surfaces(...) return solids('splot', SPLOT, 2, { [1] = true, [3] = true }, ...) end

--- What gnuplot.scatter3 was given: a list of {legend, x, y, z}.
function curves.clouds(...) return solids('scatter3', SCATTER, 1, { [3] = true }, ...) end

return curves
