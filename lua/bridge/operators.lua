--- Every operator of PyTorch's dispatcher, by name: `bridge.aten.tanh(t)`, `bridge.aten['add.out'](a, b, 1, r)`,
-- `bridge.ops.fbcunn.feature_lp_pool(...)`.
--
-- Arguments are given by position in the order of the schema, dimensions counted from 0. nil stands for an argument's
-- default (or for None). Tables of numbers and tables of tensors are lists; `bridge.none` is None inside a list. Each
-- result of the schema is returned; tensors come as the Torch class of their element type.
local ffi = require 'ffi'
local bridge = require 'bridge'

local C = bridge.C
local type, select = type, select
local OUT_OF_MEMORY = 2
local MAX_RESULTS = 8

local NUMBER, BOOL, STRING, TENSOR, NUMBERS, TENSORS = C.FBL_NUMBER, C.FBL_BOOL, C.FBL_STRING, C.FBL_TENSOR,
  C.FBL_NUMBERS, C.FBL_TENSORS

local values = ffi.typeof('fbl_value[?]')
local results_type = ffi.typeof('fbl_value[' .. MAX_RESULTS .. ']')
local doubles = ffi.typeof('double[?]')
local pointers = ffi.typeof('void *[?]')
local count_type = ffi.typeof('int[1]')
local list_type = ffi.typeof('fbl_value *')

--- None inside a list of optional tensors.
bridge.none = setmetatable({}, { __tostring = function() return 'none' end })

-- Set by torch.ctypes, which knows the classes: is_tensor(value), adopt(impl, element_type, device, bytes).
local classes = {}
bridge.classes = classes

-- A list's elements must stay alive until the call: `keep` holds the arrays.
local function put_list(slot, list, keep)
  local n = #list
  local first = list[1]
  if n == 0 or type(first) == 'number' or type(first) == 'boolean' then
    local array = doubles(n > 0 and n or 1)
    for i = 1, n do array[i - 1] = type(list[i]) == 'boolean' and (list[i] and 1 or 0) or list[i] end
    keep[#keep + 1] = array
    slot.tag, slot.length, slot.pointer = NUMBERS, n, array
    return
  end
  local array = pointers(n)
  for i = 1, n do
    if list[i] ~= bridge.none then
      if not classes.is_tensor(list[i]) then bridge.raise('list element %d: tensor expected, got %s', i, type(list[i])) end
      array[i - 1] = list[i]
    end
  end
  keep[#keep + 1] = array
  slot.tag, slot.length, slot.pointer = TENSORS, n, array
end

local function put(slot, value, keep, position)
  local kind = type(value)
  if kind == 'number' then
    slot.tag, slot.number = NUMBER, value
  elseif value == nil then
    slot.tag = 0
  elseif classes.is_tensor(value) then
    slot.tag, slot.pointer = TENSOR, ffi.cast('const void *', value)
  elseif kind == 'boolean' then
    slot.tag, slot.number = BOOL, value and 1 or 0
  elseif kind == 'string' then
    slot.tag, slot.length, slot.pointer = STRING, #value, ffi.cast('const char *', value)
  elseif kind == 'table' then
    put_list(slot, value, keep)
  else
    bridge.raise('argument %d: a %s cannot be passed to an operator', position, kind)
  end
end

local function take(value)
  local tag = value.tag
  if tag == TENSOR then
    return classes.adopt(ffi.cast('void *', value.pointer), value.length, value.number, value.bytes)
  elseif tag == NUMBER then
    return value.number
  elseif tag == BOOL then
    return value.number ~= 0
  elseif tag == TENSORS then
    local list, first = {}, ffi.cast(list_type, value.pointer)
    for i = 1, value.length do list[i] = take(first[i - 1]) or bridge.none end
    C.fbl_values_free(first)
    return list
  end
end

local function take_all(results, n, i)
  if i == n then return end
  return take(results[i]), take_all(results, n, i + 1)
end

--- Calls operator number `id`.
local function call(id, ...)
  local nargs = select('#', ...)
  -- Buffers belong to this call alone: a finalizer that runs while arguments are converted may call an operator too.
  local args, results, count, keep = values(nargs > 0 and nargs or 1), results_type(), count_type(), {}
  for i = 1, nargs do put(args[i - 1], (select(i, ...)), keep, i) end
  local status = C.fbl_call(id, nargs, args, MAX_RESULTS, results, count)
  if status == OUT_OF_MEMORY then
    bridge.memory.collect()
    status = C.fbl_call(id, nargs, args, MAX_RESULTS, results, count)
  end
  if status ~= 0 then bridge.fail() end
  local n = count[0]
  if n == 1 then return take(results[0]) end
  return take_all(results, n, 0)
end

local function namespace(name)
  return setmetatable({}, {
    __index = function(self, key)
      local base, overload = key:match('^(.-)%.(.*)$')
      local id = C.fbl_operator(name .. '::' .. (base or key), overload or '')
      -- Many operators have no plain form: `aten.add` then means its tensor overload.
      if id < 0 and not base then id = C.fbl_operator(name .. '::' .. key, 'Tensor') end
      if id < 0 then bridge.raise('PyTorch has no operator %s::%s', name, key) end
      local function operator(...) return call(id, ...) end
      rawset(self, key, operator)
      return operator
    end,
  })
end

--- Namespaces of operators; `bridge.ops.aten` is also `bridge.aten`.
bridge.ops = setmetatable({}, {
  __index = function(self, name)
    local operators = namespace(name)
    rawset(self, name, operators)
    return operators
  end,
})
bridge.aten = bridge.ops.aten

--- The schema of an operator as PyTorch writes it.
function bridge.schema(name)
  local space, key = name:match('^(.-)::(.*)$')
  local base, overload = key:match('^(.-)%.(.*)$')
  local id = C.fbl_operator(space .. '::' .. (base or key), overload or '')
  return id >= 0 and ffi.string(C.fbl_operator_schema(id)) or nil
end

return bridge
