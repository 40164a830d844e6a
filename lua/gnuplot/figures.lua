--- The numbered figures of a program; the host draws them.
local host = require 'bridge.host'

local figures = {}

local handles = {} -- the host's numbers, by the script's
local chosen

--- The host's functions.
function figures.service() return host.python 'figures' end

local function first_free()
  local number = 1
  while handles[number] do number = number + 1 end
  return number
end

local function open(number, path)
  handles[number] = figures.service().create(('figure %d'):format(number), path)
  chosen = number
  return number
end

--- The host's number of the figure that commands go to; the first one is made when it is needed.
function figures.current()
  if not handles[chosen] then figures.select(chosen or 1) end
  return handles[chosen]
end

--- figure([n]): chooses or makes a figure, without a number a new one; returns its number.
function figures.select(number)
  if number ~= nil and type(number) ~= 'number' then
    error(('gnuplot.figure: a number is expected, got a %s'):format(type(number)), 2)
  end
  number = number or first_free()
  if not handles[number] then return open(number) end
  chosen = number
  return number
end

--- A new figure that goes to a file, whose name gets an ending if it has none.
function figures.to_file(path, format)
  if type(path) ~= 'string' then error(('gnuplot.%sfigure: a file name is expected'):format(format), 3) end
  if not path:find '%.%w+$' then path = path .. '.' .. format end
  return open(first_free(), path)
end

--- Does commands in gnuplot's language.
function figures.command(text) figures.service().command(figures.current(), text) end

--- plotflush([n]): draws the figure into its file now.
function figures.flush(number)
  local handle = number and handles[number] or not number and figures.current()
  if not handle then error(('gnuplot.plotflush: there is no figure %s'):format(tostring(number)), 2) end
  figures.service().flush(handle)
end

--- figprint(path): draws the chosen figure into another file; its ending names the format.
function figures.print_to(path)
  if type(path) ~= 'string' then error('gnuplot.figprint: a file name is expected', 2) end
  figures.service().print_to(figures.current(), path)
end

--- close([n]): draws a figure for the last time and forgets it, the chosen one without a number.
function figures.close(number)
  number = number or chosen
  local handle = handles[number]
  if not handle then return end
  handles[number] = nil
  if chosen == number then chosen = next(handles) end
  figures.service().remove(handle)
end

--- closeall()
function figures.close_all()
  while next(handles) do figures.close((next(handles))) end
end

return figures
