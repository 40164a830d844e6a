--- The FFI types behind Torch's tensor and storage classes: one C struct per class, so that compiled code is specialised
-- on the class, and the questions that other files ask about such objects.
local ffi = require 'ffi'
local bridge = require 'bridge'

local C, memory = bridge.C, bridge.memory
local istype, cast = ffi.istype, ffi.cast
local rawtype = type
local tonumber = tonumber

local ctypes = { rawtype = rawtype }

-- Element types in the order of bridge.h.
ctypes.names = { [0] = 'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double', 'Half' }
-- ATen's numbers of the same types, for dtype arguments of operators.
ctypes.aten_codes = { [0] = 0, 1, 2, 3, 4, 6, 7, 5 }
ctypes.codes = {}
for code, name in pairs(ctypes.names) do ctypes.codes[name] = code end
ctypes.pointers = {
  [0] = ffi.typeof('unsigned char *'), ffi.typeof('char *'), ffi.typeof('short *'), ffi.typeof('int *'),
  ffi.typeof('int64_t *'), ffi.typeof('float *'), ffi.typeof('double *'), ffi.typeof('uint16_t *'),
}
ctypes.sizes = { [0] = 1, 1, 2, 4, 8, 4, 8, 2 }

-- Scripts declare C functions that take the C library's structures; here they have a name and nothing inside.
for _, name in pairs(ctypes.names) do
  for _, kind in ipairs { 'Tensor', 'Storage' } do
    local struct = 'TH' .. name .. kind
    ffi.cdef(('typedef struct %s %s;'):format(struct, struct))
  end
end

-- Rows {ctype=, metatable=, tensor=, code=, cuda=}, most used first.
local rows = {}
local order = { Double = 1, Float = 2, Long = 3, Byte = 4, Int = 5, Short = 6, Char = 7, Half = 8 }

-- Tests are generated as one chain of comparisons: compiled code folds it away, interpreted code leaves at the first hit.
local function generate()
  table.sort(rows, function(a, b) return a.rank < b.rank end)
  local tests, tensors, storages = {}, {}, {}
  for i, row in ipairs(rows) do
    tests[i] = ('if istype(c%d, x) then return m%d end'):format(i, i)
    if not row.other then
      local list = row.tensor and tensors or storages
      list[#list + 1] = ('istype(c%d, x)'):format(i)
    end
  end
  local locals = {}
  for i = 1, #rows do locals[i] = ('local c%d, m%d = rows[%d].ctype, rows[%d].metatable'):format(i, i, i, i) end
  local source = table.concat(locals, '\n') .. [[

    local function metatable_of(x) ]] .. table.concat(tests, ' ') .. [[ end
    local function is_tensor(x) return ]] .. table.concat(tensors, ' or ') .. [[ end
    local function is_storage(x) return ]] .. table.concat(storages, ' or ') .. [[ end
    return metatable_of, is_tensor, is_storage]]
  local chunk = assert(loadstring('local rows, istype = ...\n' .. source, '=torch.ctypes'))
  return chunk(rows, istype)
end

local metatable_of, is_tensor, is_storage = function() end, function() return false end, function() return false end

--- The metatable of the Torch class of a cdata object; nil for other cdata.
function ctypes.metatable_of(object) return metatable_of(object) end

--- Whether a value is a tensor of any class.
function ctypes.is_tensor(value) return is_tensor(value) end

--- Whether a value is a storage of any class.
function ctypes.is_storage(value) return is_storage(value) end

--- What `torch.pointer` answers for tensors and storages: the address of the object behind the handle.
function ctypes.pointer(object)
  if is_tensor(object) or is_storage(object) then return tonumber(cast('intptr_t', object.impl)) end
  return tonumber(cast('intptr_t', cast('void *', object)))
end

--- Registers the C type of a class, given its metatable. `kind` is 'Tensor' or 'Storage'; `prefix` is '' or 'Cuda'.
-- @return the C type
function ctypes.register(prefix, name, kind, metatable)
  local struct = 'torch_' .. prefix .. name .. kind
  ffi.cdef(('struct %s { void *impl; double bytes; };'):format(struct))
  local ctype = ffi.typeof('struct ' .. struct)
  local cuda = prefix ~= ''
  local tensor = kind == 'Tensor'
  rows[#rows + 1] = {
    ctype = ctype, metatable = metatable, tensor = tensor, code = ctypes.codes[name], cuda = cuda,
    rank = order[name] + (tensor and 0 or 100) + (cuda and 20 or 0),
  }
  metatable_of, is_tensor, is_storage = generate()
  bridge.classes.is_tensor = is_tensor
  return ctype
end

--- Registers the C type of a Torch class that is neither tensor nor storage.
function ctypes.register_object(ctype, metatable)
  rows[#rows + 1] = { ctype = ctype, metatable = metatable, rank = 1000 + #rows, other = true }
  metatable_of, is_tensor, is_storage = generate()
end

--- The class of tensors of an element type: row of `register`.
function ctypes.tensor_class(code, cuda)
  for _, row in ipairs(rows) do
    if row.tensor and row.code == code and row.cuda == cuda then return row end
  end
  bridge.raise('no Torch class for %s tensors of element type %s%s', cuda and 'CUDA' or 'CPU', tostring(ctypes.names[code]),
    cuda and "; require 'cutorch' first" or '')
end

-- By element type and place, filled on demand: called for every result of an operator.
local class_cache = { [true] = {}, [false] = {} }

local function class_of(code, cuda)
  local row = class_cache[cuda][code]
  if not row then
    row = ctypes.tensor_class(code, cuda)
    class_cache[cuda][code] = row
  end
  return row
end

--- Makes a handle of an owned TensorImpl.
function bridge.classes.adopt(impl, code, device, bytes)
  local handle = class_of(code, device >= 0).ctype(impl, bytes)
  memory.check()
  return handle
end

--- A new handle that shares the tensor of a heap handle made on the Python side, which is consumed.
function ctypes.wrap(address)
  local heap = cast('fbl_tensor *', address)
  local code, device = C.fbl_type(heap), C.fbl_device(heap)
  if code < 0 then
    C.fbl_tensor_discard(heap)
    bridge.raise('this torch.Tensor has an element type that Torch7 has no class for; convert it first, e.g. .float() or .byte()')
  end
  local handle = class_of(code, device >= 0).ctype()
  C.fbl_tensor_adopt(handle, heap)
  return handle
end

--- Address of a handle's struct, as a number; valid while the handle is alive.
function ctypes.address(handle) return tonumber(cast('intptr_t', cast('void *', handle))) end

--- `type` as Torch7 programs know it: tensors and storages are userdata.
function _G.type(...)
  local value = ...
  local kind = rawtype(...)
  if kind == 'cdata' and metatable_of(value) then return 'userdata' end
  return kind
end

return ctypes
