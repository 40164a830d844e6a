--- LuaJIT's side of libfbcunn_lua.so: declarations, errors, memory accounting, operators by name.
local ffi = require 'ffi'
local host = require 'bridge.host'

local function given(value) return type(value) == 'function' and value() or value end

ffi.cdef(given(host.header))

local bridge = {}

--- The C functions of csrc/bridge/bridge.h.
bridge.C = ffi.load(given(host.library))
bridge.host = host

package.loaded['bridge'] = bridge

require 'bridge.memory'
require 'bridge.errors'
require 'bridge.operators'

return bridge
