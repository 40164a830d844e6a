--- LuaJIT's collector sees 24 bytes a tensor, however large its storage. So the bridge counts the bytes that handles
-- brought into being, and the handles, and a full collection runs when one of them passes a limit: with few handles
-- between two collections the memory of small tensors is used again while it is in the processor's cache. Handles
-- give theirs back when they are finalised, by a C function: a finalizer in Lua would be interpreted, and cost more than
-- making the tensor.
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
  C.fbl_memory_settle(memory.headroom, collectgarbage('count') * 1024)
end

--- Frees that and the tensors that are kept for the next ones of their size.
function memory.trim()
  memory.collect()
  C.fbl_memory_trim()
end

--- Collects if the bytes passed the limit; to be called after anything that makes or grows a tensor.
function memory.check()
  if state.pressure ~= 0 then memory.collect() end
end

--- Bytes counted at present, and the count that triggers the next collection.
function memory.state()
  state = C.fbl_memory()
  return state.live, state.limit
end

return memory
