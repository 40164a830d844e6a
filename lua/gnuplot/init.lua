--- Plots as the gnuplot package of Torch had them, drawn with matplotlib: `gnuplot.plot`, `hist`, `imagesc`, `splot`, …
--
-- There are no windows: a figure goes to a PNG file, whose path is written to the standard error once, and which follows
-- the figure as it changes. `pngfigure`, `epsfigure`, `pdffigure` and `svgfigure` name the file. No gnuplot is needed.
local torch = require 'torch'
local curves = require 'gnuplot.curves'
local figures = require 'gnuplot.figures'
local histogram = require 'gnuplot.histogram'

local gnuplot = {}

local function quoted(text) return '"' .. tostring(text):gsub('[\n"]', { ['\n'] = '\\n', ['"'] = "'" }) .. '"' end

local function set(what) figures.command('set ' .. what) end

--- plot([legend,] [x,] y [, format]), or several curves as tables of these. Formats: `.` dots, `+` points, `-` lines,
-- `+-` both, `~` smooth line, `|` boxes, `v` arrows (x and y have two columns), or gnuplot's words (`with lines lw 2`).
function gnuplot.plot(...)
  if select('#', ...) == 0 then error('gnuplot.plot: no inputs, expecting at least a vector', 2) end
  figures.service().plot(figures.current(), curves.read(...))
end

--- splot(z), splot(x, y, z), with a legend before them, or several surfaces as tables of these: all matrices.
function gnuplot.splot(...) figures.service().solid(figures.current(), 'surface', curves.surfaces(...)) end

--- scatter3([legend,] x, y, z), or several clouds as tables of these: points in space, from vectors.
function gnuplot.scatter3(...) figures.service().solid(figures.current(), 'points', curves.clouds(...)) end

--- imagesc(matrix [, 'gray' or 'color' or another palette]): the first row is at the top.
function gnuplot.imagesc(matrix, palette, ...)
  if not torch.isTensor(matrix) or (palette ~= nil and type(palette) ~= 'string') or select('#', ...) > 0 then
    error('gnuplot.imagesc: expecting tensor [,string]', 2)
  end
  if matrix:dim() ~= 2 then error(('gnuplot.imagesc: a matrix is expected, got %dD'):format(matrix:dim()), 2) end
  figures.service().solid(figures.current(), 'image', { { '', matrix } }, palette or 'gray')
end

--- Counts of the values of a tensor in equal bins: a table of {val = centre, nb = count} with `raw`, `bins`, `binwidth`,
-- `min` and `max` (which bins are the lowest and the highest).
function gnuplot.histc(...) return histogram.count(...) end

--- Draws what `histc` counts as boxes; returns it.
function gnuplot.hist(...)
  local counts = histogram.count(...)
  gnuplot.plot(counts:places(), counts.raw:double(), '|')
  return counts
end

--- Draws a vector as boxes.
function gnuplot.bar(...)
  local arguments = { ... }
  arguments[#arguments + 1] = '|'
  gnuplot.plot(unpack(arguments))
end

function gnuplot.title(text) set('title ' .. quoted(text)) end

function gnuplot.xlabel(text) set('xlabel ' .. quoted(text)) end

function gnuplot.ylabel(text) set('ylabel ' .. quoted(text)) end

function gnuplot.zlabel(text) set('zlabel ' .. quoted(text)) end

local function is_off(toggle) return toggle == false or toggle == 'off' end

--- Shows or hides the grid: true, false, 'on', 'off'.
function gnuplot.grid(toggle) figures.command((is_off(toggle) and 'unset' or 'set') .. ' grid') end

--- Makes the vertical axis logarithmic or not: 'on', 'off'.
function gnuplot.logscale(toggle) figures.command((is_off(toggle) and 'unset' or 'set') .. ' logscale y') end

--- Moves the legend: left, right or center; top, bottom or middle.
function gnuplot.movelegend(horizontal, vertical)
  local known = { left = 1, right = 1, center = 1, top = 2, bottom = 2, middle = 2 }
  if known[horizontal] ~= 1 or known[vertical] ~= 2 then
    error('gnuplot.movelegend: two strings are expected, {left|right|center} and {bottom|top|middle}', 2)
  end
  set(('key %s %s'):format(horizontal, vertical))
end

local AXES = {
  auto = { 'size noratio', 'autoscale' }, image = { 'size ratio -1' }, equal = { 'size ratio -1' }, fill = { 'size noratio' },
  [''] = { 'autoscale' },
}

--- Limits of the axes, {xmin, xmax, ymin, ymax} with '' for those that stay; or 'auto', 'image', 'equal', 'fill'.
function gnuplot.axis(limits)
  if type(limits) == 'table' then
    if #limits ~= 4 then error('gnuplot.axis: {xmin, xmax, ymin, ymax} is expected', 2) end
    set(('xrange [%s:%s]'):format(limits[1], limits[2]))
    set(('yrange [%s:%s]'):format(limits[3], limits[4]))
    return
  end
  if not AXES[limits] then
    error(("gnuplot.axis: {xmin, xmax, ymin, ymax} or 'auto', 'image', 'equal', 'fill' is expected, got %s"):format(
      tostring(limits)), 2)
  end
  for _, what in ipairs(AXES[limits]) do set(what) end
end

--- A command in gnuplot's own language. Those that decorate, arrange and plot files are understood.
function gnuplot.raw(command)
  if type(command) ~= 'string' then error('gnuplot.raw: a string is expected, got ' .. torch.type(command), 2) end
  figures.command(command)
end

gnuplot.figure = figures.select
gnuplot.plotflush = figures.flush
gnuplot.figprint = figures.print_to
gnuplot.close = figures.close
gnuplot.closeall = figures.close_all

for _, format in ipairs { 'png', 'eps', 'pdf', 'svg' } do
  --- A new figure that goes to a file; returns its number.
  gnuplot[format .. 'figure'] = function(path) return figures.to_file(path, format) end
end

local TERMINALS = {}
for name in ('windows wxt qt x11 aqua png pngcairo jpeg svg pdf pdfcairo postscript eps dumb unknown'):gmatch '%S+' do
  TERMINALS[name] = true
end

--- Chooses a window system: of no effect, since there are no windows.
function gnuplot.setterm(name)
  if not TERMINALS[tostring(name):match '^%S*'] then
    error(('gnuplot.setterm: there is no terminal called %s'):format(tostring(name)), 2)
  end
end

--- Chooses a gnuplot program: of no effect but for the error when there is none, since matplotlib draws.
function gnuplot.setgnuplotexe(path)
  if not require('paths').filep(path) then error(('gnuplot.setgnuplotexe: %s does not exist'):format(tostring(path)), 2) end
end

rawset(_G, 'gnuplot', gnuplot)

return gnuplot
