--- LuaJIT's collector sees 24 bytes a tensor, however large its storage. So the bytes that handles brought into being are
-- counted here, and a full collection runs when they pass a limit.
local bridge = require 'bridge'

local memory = {}
bridge.memory = memory

local MEGABYTE = 2 ^ 20

-- Bytes of tensors to allow beyond what survived the last collection, at least.
memory.headroom = 256 * MEGABYTE

local live, limit = 0, memory.headroom

local function collect()
  collectgarbage()
  limit = math.max(live * 1.5, live + memory.headroom)
end

--- Counts bytes that a new handle holds.
function memory.charge(bytes)
  live = live + bytes
  if live > limit then collect() end
end

--- Forgets bytes of a handle that is being finalised.
function memory.release(bytes) live = live - bytes end

--- Frees what no Lua value refers to any more, now.
memory.collect = collect

--- Bytes counted at present, and the count that triggers the next collection.
function memory.state() return live, limit end

return memory
