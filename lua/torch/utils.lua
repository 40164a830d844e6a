--- Small functions of the torch table: identities and environments of objects, files of packages, the
-- clock, and switches of the original that have a counterpart here.
local ffi = require 'ffi'
local bridge = require 'bridge'
local torch = require 'torch.namespace'
local ctypes = require 'torch.ctypes'
local errors = require 'torch.errors'
local stdio = require 'torch.stdio'
local clock = require 'torch.clock'
local paths = require 'paths'

local C = bridge.C
local rawtype = ctypes.rawtype
local tonumber = tonumber

--------------------------------------------------------------------------------------------------
-- Identity

local LARGEST_EXACT = 2 ^ 53

local function address_in_cdata(object)
  local known, value = pcall(ffi.cast, 'uintptr_t', object)
  -- A struct cannot be cast to a number; its first word is what the original took for its pointer.
  if not known then value = ffi.cast('uintptr_t *', object)[0] end
  return tonumber(value)
end

--- A number that tells objects apart: of tensors and storages that of the object behind all its handles,
-- of tables, functions, threads and strings their address, of other cdata the pointer they hold.
function torch.pointer(object)
  local kind = rawtype(object)
  local address
  if kind == 'cdata' then
    address = ctypes.metatable_of(object) and ctypes.pointer(object) or address_in_cdata(object)
  elseif kind == 'table' or kind == 'function' or kind == 'thread' or kind == 'string' or kind == 'userdata' then
    address = tonumber(('%p'):format(object))
  else
    errors.raise('Torch object, table, thread, cdata or function expected')
  end
  if address > LARGEST_EXACT then
    errors.raise("Pointer value can't be represented as a Lua number (an overflow would occur)")
  end
  return address
end

--- A handle on the tensor or storage that `torch.pointer` gave a number for. The object must still be
-- alive; the handle then keeps it so.
-- @param address number or pointer
-- @param name class of the object
function torch.pushudata(address, name)
  local kind = rawtype(address)
  if kind ~= 'number' and kind ~= 'cdata' then errors.argument(1, 'pushudata', 'expecting number or cdata') end
  local factory = torch.factory(name)
  if not factory then errors.raise('Torch internal problem: cannot find metatable for type <%s>', tostring(name)) end
  local sample = factory()
  if not (ctypes.is_tensor(sample) or ctypes.is_storage(sample)) then
    errors.raise('objects of class %s live in Lua and cannot be found by address', name)
  end
  local pointer = ffi.cast('void *', kind == 'cdata' and address_in_cdata(address) or address)
  local handle = ffi.typeof(sample)()
  local borrowed = ffi.new('fbl_tensor', pointer, 0)
  if ctypes.is_tensor(sample) then
    C.fbl_tensor_retain(handle, borrowed)
  else
    C.fbl_storage_retain(handle, borrowed)
  end
  return handle
end

--------------------------------------------------------------------------------------------------
-- Environments

-- Functions have environments of their own in Lua 5.1; Torch objects get theirs here.
local environments = setmetatable({}, { __mode = 'k' })

local function check_environment_owner(value, func)
  local kind = rawtype(value)
  if kind == 'function' or kind == 'userdata' or (kind ~= 'string' and torch.typename(value)) then return kind end
  errors.argument_type(1, func, 'function or userdata', value)
end

--- The environment of a function or Torch object; an empty table when it has none.
function torch.getenv(object)
  local kind = check_environment_owner(object, 'getenv')
  if kind == 'function' or kind == 'userdata' then return debug.getfenv(object) or {} end
  return environments[object] or {}
end

--- Sets the environment of a function or Torch object.
function torch.setenv(object, environment)
  local kind = check_environment_owner(object, 'setenv')
  if rawtype(environment) ~= 'table' then errors.argument_type(2, 'setenv', 'table', environment) end
  if kind == 'function' or kind == 'userdata' then
    debug.setfenv(object, environment)
  else
    environments[object] = environment
  end
end

--------------------------------------------------------------------------------------------------
-- Files of packages

local function readable(path)
  local file = io.open(path, 'rb')
  if not file then return false end
  file:close()
  return true
end

--- The folder that `require(name)` finds a package in; without a name, the folder of all packages.
-- Nothing when the package is not found.
function torch.packageLuaPath(name)
  if not name then
    local own = torch.packageLuaPath('torch')
    return own and own:match('^(.*)[/\\]')
  end
  local file_name = tostring(name):gsub('%.', '/')
  for template in package.path:gmatch('[^;]+') do
    local path = template:gsub('%?', (file_name:gsub('%%', '%%%%')))
    if readable(path) then return (path:match('^(.*)[/\\]')) end
  end
end

--- Runs a file of a package, as in `torch.include('nn', 'Linear.lua')`.
function torch.include(package_name, file)
  local folder = torch.packageLuaPath(package_name)
  if not folder then errors.raise("package '%s' is not on package.path", tostring(package_name)) end
  return dofile(folder .. '/' .. file)
end

--- Runs a file named relative to the file of the caller, under its full name.
-- @param depth how many calls further up the file is that the name is relative to
function _G.include(file, depth)
  paths.dofile(file, 3 + (depth or 0))
end

--------------------------------------------------------------------------------------------------
-- Process

--- Seconds since the Unix epoch.
function torch.tic() return clock.now() end

--- Seconds since a time given by `torch.tic`.
function torch.toc(start)
  if rawtype(start) ~= 'number' then errors.argument_type(1, 'toc', 'number', start) end
  return clock.now() - start
end

ffi.cdef 'long torch_sysconf(int name) __asm__("sysconf");'
local PROCESSORS_ONLINE = ffi.os == 'OSX' and 58 or 84

--- How many processors the machine has.
function torch.getnumcores() return tonumber(ffi.C.torch_sysconf(PROCESSORS_ONLINE)) end

--- Whether a Lua file (`io.stdout` ...) is a terminal.
function torch.isatty(file)
  if io.type(file) ~= 'file' then errors.argument_type(1, 'isatty', 'file', file) end
  local number = file == io.stdin and 0 or file == io.stdout and 1 or file == io.stderr and 2
  -- LuaJIT's file objects hold the C library's stream first.
  number = number or stdio.fileno(ffi.cast('void *', file))
  return stdio.isatty(number) ~= 0
end

-- What `bridge.memory.headroom` was before tracking was turned off.
local usual_headroom

--- Chooses whether the memory of tensors sets off garbage collections, which is the default.
function torch.setheaptracking(enabled)
  local memory = bridge.memory
  torch._heaptracking = enabled
  if enabled and usual_headroom then
    memory.headroom, usual_headroom = usual_headroom, nil
    memory.collect()
  elseif not enabled and not usual_headroom then
    memory.headroom, usual_headroom = math.huge, memory.headroom
    memory.collect()
  end
end

torch.setheaptracking(true)

--- In the original, made this thread's errors Lua errors. They always are here: the bridge reports a
-- failure to the state that called it.
function torch.updateerrorhandlers() end

--- In the original, refreshed state that a thread kept of its own (error handlers, memory tracking).
-- Nothing is kept per thread here.
function torch.updatethreadlocals() end

-- Names that scripts of the time expect.
if not string.gfind then rawset(string, 'gfind', string.gmatch) end
if not rawget(table, 'unpack') then rawset(table, 'unpack', unpack) end

return torch
