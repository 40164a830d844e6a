--- Turns a status of the bridge into a Lua error at the line of the script that caused it.
local ffi = require 'ffi'
local bridge = require 'bridge'

local C = bridge.C
local OUT_OF_MEMORY = 2

-- Frames below these folders are the library's own.
local own = debug.getinfo(1, 'S').source:match('^@(.*)bridge/errors%.lua$') or ''
local own_folders = { own .. 'bridge/', own .. 'torch/' }

local function is_own(source)
  for _, folder in ipairs(own_folders) do
    if source:sub(2, #folder + 1) == folder then return true end
  end
  return false
end

local function outside_level()
  local level = 2
  while true do
    local info = debug.getinfo(level, 'S')
    if not info then return 0 end
    if info.what ~= 'C' and not is_own(info.source) then return level - 1 end
    level = level + 1
  end
end

--- The message of the last failed call.
function bridge.message() return ffi.string(C.fbl_last_error()) end

--- Raises the last failed call's message.
function bridge.fail() error(bridge.message(), outside_level()) end

--- Raises a message (with format arguments) at the user's line.
function bridge.raise(message, ...)
  if select('#', ...) > 0 then message = message:format(...) end
  error(message, outside_level())
end

--- Calls an allocating bridge function; when memory is short, collects garbage and tries once more.
function bridge.allocate(call, ...)
  local status = call(...)
  if status == OUT_OF_MEMORY then
    bridge.memory.collect()
    status = call(...)
  end
  if status ~= 0 then bridge.fail() end
end

return bridge
