--- `apply`, `map` and `map2`: a Lua function for each element.
--
-- The loops run as machine code that LuaJIT specializes to one function. So each callback gets a loop of its own, until
-- a third closure of the same source comes: LuaJIT treats such a function by its source, and one loop serves the rest.
-- The loop is one line of generated source, and its first elements are visited with the host's checks for Ctrl-C off:
-- then it is compiled without them and takes a cycle an element instead of twenty.
local ffi = require 'ffi'
local bridge = require 'bridge'
local ctypes = require 'torch.ctypes'
local tensors = require 'torch.tensor.metatype'
local funcinfo = require('jit.util').funcinfo

local C, raise, host = bridge.C, bridge.raise, bridge.host
local rawtype, tonumber = ctypes.rawtype, tonumber
local min = math.min

local WARM_UP = 512  -- elements; LuaJIT compiles a loop after 56
local PIECE = 65536  -- elements between two looks at Ctrl-C

local LOOP = [[
local tonumber, type, refuse = ...
return function(f, first, last, a, b, c) for i = first, last do local value = f(%s) if value then %s a[i] = value end end end
]]
local CHECK = "if type(value) ~= 'number' then refuse(value) end"

local ARGUMENTS = {
  'tonumber(a[i])',
  'tonumber(a[i]), tonumber(b[i])',
  'tonumber(a[i]), tonumber(b[i]), tonumber(c[i])',
}

local function refuse(value)
  raise('given function should return a number or nil, got %s', type(value))
end

local function new_loop(count)
  local source = LOOP:format(ARGUMENTS[count], CHECK)
  return assert(loadstring(source, '=(torch.Tensor callbacks)'))(tonumber, rawtype, refuse)
end

-- Sets whether loops are recorded with checks; a call without effect where the host cannot.
local set_checks = function() return -1 end
if host.checks then
  local switch = ffi.cast('int (*)(void *, int)', host.checks)
  local state = ffi.cast('void *', host.state)
  set_checks = function(wanted) return switch(state, wanted) end
end

-- Gives the loop for a callback.
local function loop_chooser(count)
  local shared = new_loop(count)
  local by_function = setmetatable({}, { __mode = 'k' })
  local by_source = {}

  return function(f)
    local loop = by_function[f]
    if loop then return loop end
    local info = rawtype(f) == 'function' and funcinfo(f)
    if not info or not info.source then return shared end
    local place = ('%s:%d:%d:%d'):format(info.source, info.linedefined, info.lastlinedefined, info.bytecodes)
    local known = by_source[place] or { closures = 0 }
    by_source[place] = known
    known.closures = known.closures + 1
    if known.closures > 2 then
      known.loop = known.loop or new_loop(count)
      return known.loop
    end
    loop = new_loop(count)
    by_function[f] = loop
    return loop
  end, shared
end

local function run(choose, shared, n, f, a, b, c)
  if n <= WARM_UP then return shared(f, 0, n - 1, a, b, c) end
  local loop = choose(f)
  local before = set_checks(0)
  local ok, message = pcall(loop, f, 0, WARM_UP - 1, a, b, c)
  if before > 0 then set_checks(1) end
  if not ok then error(message, 0) end
  for first = WARM_UP, n - 1, PIECE do loop(f, first, min(first + PIECE, n) - 1, a, b, c) end
end

local function install(metatable, code)
  if ctypes.names[code] == 'Half' then
    for _, name in ipairs { 'apply', 'map', 'map2' } do
      metatable[name] = function()
        raise('%s on torch.HalfTensor not supported; convert it with :float() first', name)
      end
    end
    return
  end

  local pointer = ctypes.pointers[code]
  local choose_1, shared_1 = loop_chooser(1)
  local choose_2, shared_2 = loop_chooser(2)
  local choose_3, shared_3 = loop_chooser(3)

  local function contiguous_data(tensor)
    local source = tensor:contiguous()
    local data = ffi.cast(pointer, C.fbl_data(source))
    C.fbl_replace_nans(code, data, C.fbl_numel(source))
    return source, data
  end

  -- The numbers of a tensor of any class.
  local function operand_data(tensor)
    local source = tensor:contiguous()
    local data = source:data()
    C.fbl_replace_nans(source.__code, data, C.fbl_numel(source))
    return source, data
  end

  -- Writes back what was computed on a contiguous copy. The tensors whose memory the loop read live until here.
  local function finish(self, work, _, _)
    if work ~= self then self:copy(work) end
    return self
  end

  local function same_count(self, other)
    if C.fbl_numel(self) ~= C.fbl_numel(other) then
      raise('inconsistent tensor size: %d and %d elements', tonumber(C.fbl_numel(self)), tonumber(C.fbl_numel(other)))
    end
  end

  --- `self[i] = f(self[i])` for each element in row-major order; nil keeps the value.
  function metatable:apply(f)
    local n = tonumber(C.fbl_numel(self))
    if n == 0 then return self end
    local work, a = contiguous_data(self)
    run(choose_1, shared_1, n, f, a)
    return finish(self, work)
  end

  --- `self[i] = f(self[i], other[i])`.
  function metatable:map(other, f)
    same_count(self, other)
    local n = tonumber(C.fbl_numel(self))
    if n == 0 then return self end
    local work, a = contiguous_data(self)
    local kept, b = operand_data(other)
    run(choose_2, shared_2, n, f, a, b)
    return finish(self, work, kept)
  end

  --- `self[i] = f(self[i], b[i], c[i])`.
  function metatable:map2(b, c, f)
    same_count(self, b)
    same_count(self, c)
    local n = tonumber(C.fbl_numel(self))
    if n == 0 then return self end
    local work, a = contiguous_data(self)
    local kept_b, data_b = operand_data(b)
    local kept_c, data_c = operand_data(c)
    run(choose_3, shared_3, n, f, a, data_b, data_c)
    return finish(self, work, kept_b, kept_c)
  end
end

tensors.each(install)
