--- Clocks: the time of day, elapsed time, and the processor time of this process.
local ffi = require 'ffi'

-- A timeval and a timespec are two longs each; a rusage starts with two timevals.
ffi.cdef [[
int torch_gettimeofday(int64_t *now, void *zone) __asm__("gettimeofday");
int torch_clock_gettime(int clock, int64_t *now) __asm__("clock_gettime");
int torch_getrusage(int who, int64_t *usage) __asm__("getrusage");
]]
local C = ffi.C

local MONOTONIC = ffi.os == 'OSX' and 6 or 1
local SELF = 0

local clock = {}

local pair = ffi.new('int64_t[2]')
local usage = ffi.new('int64_t[64]')

--- Seconds since the Unix epoch.
function clock.now()
  C.torch_gettimeofday(pair, nil)
  return tonumber(pair[0]) + tonumber(pair[1]) * 1e-6
end

--- Seconds of a clock that nobody sets.
function clock.elapsed()
  C.torch_clock_gettime(MONOTONIC, pair)
  return tonumber(pair[0]) + tonumber(pair[1]) * 1e-9
end

--- Seconds that this process has spent computing, and in the system.
function clock.processor()
  C.torch_getrusage(SELF, usage)
  return tonumber(usage[0]) + tonumber(usage[1]) * 1e-6, tonumber(usage[2]) + tonumber(usage[3]) * 1e-6
end

return clock
