--- `torch.Timer`: wall-clock and processor seconds since it was made, pauses not counted.
local torch = require 'torch.namespace'
local clock = require 'torch.clock'

local Timer = torch.class('torch.Timer')

--- Makes a running timer.
function Timer:__init()
  self._running = true
  self._total = { real = 0, user = 0, sys = 0 }
  self:_mark()
end

--- Remembers where the clocks stand.
function Timer:_mark()
  self._real = clock.elapsed()
  self._user, self._sys = clock.processor()
end

--- Sets the counted time to zero; a stopped timer stays stopped.
function Timer:reset()
  self._total = { real = 0, user = 0, sys = 0 }
  self:_mark()
  return self
end

--- Stops counting and keeps the time counted so far.
function Timer:stop()
  if self._running then
    self._total = self:time()
    self._running = false
  end
  return self
end

--- Goes on counting after `stop`.
function Timer:resume()
  if not self._running then
    self._running = true
    self:_mark()
  end
  return self
end

--- Seconds counted so far: `{real=, user=, sys=}`.
function Timer:time()
  local total = self._total
  if not self._running then return { real = total.real, user = total.user, sys = total.sys } end
  local user, sys = clock.processor()
  return {
    real = total.real + clock.elapsed() - self._real,
    user = total.user + user - self._user,
    sys = total.sys + sys - self._sys,
  }
end

function Timer:__tostring__()
  return ('torch.Timer [status: %s]'):format(self._running and 'running' or 'stopped')
end

return Timer
