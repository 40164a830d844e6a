--- xlua.Profiler([mode[, verbose]]): named timers. mode 'off' prints nothing; verbose prints each start and lap.
-- profiler:start(name[, 'fps']), :lap(name) → real, cpu seconds; :print(name), :printAll().
local sys = require 'sys'

local Profiler = {}

function Profiler:start(name, fps)
  local event = self.events[name]
  if not event then
    event = { name = name }
    self.events[name] = event
    table.insert(self.list, event)
  end
  event.cpu, event.real = os.clock(), sys.clock()
  if fps == 'fps' then event.fps = true end
  if self.verbose then
    io.write('<' .. name .. '>')
    io.flush()
  end
end

local function find(self, name)
  return self.events[name] or error('# ERROR: There is no such profiler - ' .. tostring(name) .. ', create it first', 3)
end

--- The colour in which displayAll shows a timer.
function Profiler:setColor(name, color)
  find(self, name).color = color
end

--- Processor seconds since the start, divided by `divider`.
function Profiler:cpu(name, divider)
  local event = find(self, name)
  event.cpud = (os.clock() - event.cpu) / (divider or 1)
  return event.cpud
end

--- Seconds since the start, divided by `divider`.
function Profiler:real(name, divider)
  local event = find(self, name)
  event.reald = (sys.clock() - event.real) / (divider or 1)
  return event.reald
end

function Profiler:lap(name, divider)
  local real, cpu = self:real(name, divider), self:cpu(name, divider)
  if self.verbose then
    io.write('\r')
    self:print(name)
  end
  return real, cpu
end

function Profiler:format(name)
  local event = find(self, name)
  return ('$ real | cpu: %f | %f <%s>'):format(event.reald or -1, event.cpud or -1, name)
end

function Profiler:print(name)
  if not self.off then print(self:format(name)) end
end

local function line(event)
  local text = ('$ real %f | cpu %f <%s>'):format(event.reald or -1, event.cpud or -1, event.name)
  return event.fps and ('%s = %f fps'):format(text, 1 / event.reald) or text
end

function Profiler:formatAll()
  local lines = { '$ profiler report:' }
  for _, event in ipairs(self.list) do lines[#lines + 1] = line(event) end
  return table.concat(lines, '\n')
end

function Profiler:printAll()
  if not self.off then print(self:formatAll()) end
end

--- Writes the report with a painter (args.painter or args.win: an object with setcolor, moveto and show).
function Profiler:displayAll(args)
  local painter = args.painter or args.win or error('# ERROR: Profiler.displayAll() needs a painter', 2)
  if self.off then return end
  local height = (args.font or 24 * (args.zoom or 1)) * 1.5
  for i, event in ipairs(self.list) do
    painter:setcolor(event.color or 'black')
    painter:moveto(args.x or 0, (args.y or 0) + (i - 1) * height)
    painter:show(line(event))
  end
end

return function(mode, verbose)
  local profiler = { events = {}, list = {}, off = mode == 'off', verbose = verbose or false }
  for name, method in pairs(Profiler) do profiler[name] = method end
  return profiler
end
