--- LuaJIT's collector sees 24 bytes a tensor, however large its storage. So the bridge counts the bytes that handles
-- brought into being, and a full collection runs when they pass a limit. Handles give theirs back when they are finalised,
-- by a C function: a finalizer in Lua would be interpreted, and cost more than making the tensor.
local bridge = require 'bridge'

local C = bridge.C

local memory = {}
bridge.memory = memory

-- Bytes of tensors to allow beyond what survived the last collection, at least.
memory.headroom = 256 * 2 ^ 20

local state = C.fbl_memory()

--- Frees what no Lua value refers to any more, now.
function memory.collect()
  collectgarbage()
  C.fbl_memory_settle(memory.headroom)
end

--- Collects if the bytes passed the limit; to be called after anything that makes or grows a tensor.
function memory.check()
  if state.pressure ~= 0 then memory.collect() end
end

--- Bytes counted at present, and the count that triggers the next collection.
function memory.state() return state.live, state.limit end

return memory
