--- The sys package: clock, shell commands, terminal colours.
local ffi = require 'ffi'
local paths = require 'paths'
local C = require('paths.libc').C

local sys = _G.sys or {}
_G.sys = sys

local now = ffi.new('fbl_timeval')

--- Seconds since 1970, with microseconds.
function sys.clock()
  C.gettimeofday(now, nil)
  return tonumber(now.tv_sec) + tonumber(now.tv_usec) * 1e-6
end

function sys.usleep(microseconds)
  -- usleep takes less than a million at once on some systems
  while microseconds > 0 do
    local step = math.min(microseconds, 999999)
    C.usleep(step)
    microseconds = microseconds - step
  end
end

function sys.sleep(seconds)
  sys.usleep(seconds * 1000000)
end

local started

function sys.tic()
  started = sys.clock()
end

--- Seconds since the last tic; prints them too if asked to.
function sys.toc(verbose)
  if not started then error('sys.toc: call sys.tic first', 2) end
  local elapsed = sys.clock() - started
  if verbose then print(elapsed) end
  return elapsed
end

local function trimmed(text)
  return (text:gsub('^%s*', ''):gsub('%s*$', ''))
end

--- Runs a shell command; returns what it printed (errors too), without white space around it.
function sys.execute(command)
  local pipe = io.popen(('{ %s\n} 2>&1'):format(command))
  local text = pipe:read('*all')
  pipe:close()
  return trimmed(text)
end

--- Like execute, through a file: `readwhat` is what to read of it, as file:read takes it.
function sys.fexecute(command, readwhat)
  local name = os.tmpname()
  os.execute(('{ %s\n} >%s 2>&1'):format(command, name))
  local file = assert(io.open(name))
  local text = file:read(readwhat or '*all')
  file:close()
  os.remove(name)
  return type(text) == 'string' and trimmed(text) or text
end

local systems = { Linux = 'linux', OSX = 'macos', Windows = 'windows' }

--- 'linux', 'macos', 'windows' or '?'.
function sys.uname()
  return systems[ffi.os] or '?'
end

sys.OS = sys.uname()

for name, command in pairs { ls = 'ls', ll = 'ls -l', la = 'ls -a', lla = 'ls -la' } do
  sys[name] = function(folder) return sys.execute(command .. ' ' .. (folder or ' ')) end
end

--- Folder and name of the file of the calling code.
function sys.fpath()
  local file = debug.getinfo(2).source:gsub('@', '')
  if file:sub(1, 1) ~= '/' then file = paths.concat(paths.cwd(), file) end
  return paths.dirname(file), paths.basename(file)
end

--- The parts of a string between matches of a pattern, without an empty first one.
function sys.split(text, pattern)
  local parts, from = {}, 1
  while true do
    local first, last = text:find(pattern, from)
    if not first then break end
    if first > 1 then parts[#parts + 1] = text:sub(from, first - 1) end
    from = last + 1
    if last < first then error('sys.split: the pattern matches nothing', 2) end
  end
  if from <= #text then parts[#parts + 1] = text:sub(from) end
  return parts
end

function sys.isNaN(number)
  return number ~= number
end

--- Terminal codes: plain, Capitalised for bold, _x for backgrounds.
sys.COLORS = { none = '\27[0m' }
for i, colour in ipairs { 'black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white' } do
  local code = 29 + i
  sys.COLORS[colour] = ('\27[0;%dm'):format(code)
  sys.COLORS[colour:sub(1, 1):upper() .. colour:sub(2)] = ('\27[1;%dm'):format(code)
  sys.COLORS['_' .. colour] = ('\27[%dm'):format(code + 10)
end
package.loaded['sys.colors'] = sys.COLORS
package.loaded['sys.fpath'] = sys.fpath

sys.prefix = paths.install_prefix
sys.dirname = paths.dirname
sys.concat = paths.concat
sys.filep = paths.filep
sys.dirp = paths.dirp

return sys
