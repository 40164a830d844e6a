--- LuaJIT's side of libfbcunn_lua.so: declarations, errors, memory accounting, operators by name.
local ffi = require 'ffi'
local host = require 'bridge.host'

-- The host may give a function instead of the text, so that Python imports torch only when Lua does.
local function given(value) return type(value) == 'string' and value or value() end

ffi.cdef(given(host.header))

local bridge = {}

--- The C functions of csrc/bridge/bridge.h.
bridge.C = ffi.load(given(host.library))
bridge.host = host

package.loaded['bridge'] = bridge

-- PyTorch's warnings are about its own functions; the variable lets them through.
if not os.getenv('FBCUNN_WARNINGS') then bridge.C.fbl_silence_warnings() end

-- Where the wheel is installed, products may use its OpenBLAS; the bridge times it against PyTorch's libraries, once on a
-- machine: the outcome is kept in a folder.
bridge.C.fbl_blas_cache(given(host.cache))
local openblas = host.openblas and given(host.openblas)
if openblas then bridge.C.fbl_blas_load(openblas) end

require 'bridge.memory'
require 'bridge.errors'
require 'bridge.operators'

return bridge
