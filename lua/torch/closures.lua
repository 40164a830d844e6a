--- Lua functions as data: bytecode, upvalues, and functions whose bytecode this interpreter cannot run.
local errors = require 'torch.errors'
local ffi = require 'ffi'

local closures = {}

--- The type codes of functions in the object format, by age.
closures.OLDEST, closures.LEGACY, closures.CURRENT = 6, 7, 8

-- Functions made by `placeholder`. What they stand for is their first upvalue.
local placeholders = setmetatable({}, { __mode = 'k' })

--- Whether a function can be written: Lua code, or a placeholder for Lua code.
function closures.writable(func)
  return placeholders[func] == true or (pcall(string.dump, func))
end

--- Which interpreter wrote a piece of bytecode.
local function origin(bytes)
  local mark, version, flags = bytes:match('^\27(LJ)(.)(.)')
  if mark then
    if version:byte() == 1 then return 'LuaJIT 2.0' end
    local kind = flags:byte() % 16 >= 8 and 'GC64' or 'without GC64'
    return ('LuaJIT 2.1 %s (bytecode version %d)'):format(kind, version:byte())
  end
  local lua = bytes:match('^\27Lua(.)')
  if lua then return ('Lua %d.%d'):format(math.floor(lua:byte() / 16), lua:byte() % 16) end
  return 'an unknown interpreter'
end

--- A function that stands for bytecode which cannot run here. It can be stored and written back
-- unchanged; calling it is an error that says why.
-- @param record `{tag=, bytes=, upvalues=}` as read; `upvalues` may be filled in later
-- @param reason why the bytecode was refused
local function placeholder(record, reason)
  local func = function()
    errors.raise('this function was saved as bytecode of %s and cannot run under %s (%s, %s): %s. '
      .. 'Its bytes are kept and can be saved again; to run it, define it from its source.',
      origin(record.bytes), jit.version, ffi.arch, ffi.abi('gc64') and 'GC64' or 'no GC64', reason)
  end
  placeholders[func] = true
  return func
end

--- The record of a placeholder, or nil for any other function.
function closures.record_of(func)
  if not placeholders[func] then return nil end
  local index = 1
  while true do
    local name, value = debug.getupvalue(func, index)
    if name == nil or name == 'record' then return value end
    index = index + 1
  end
end

--- Makes a function from bytecode.
-- @return the function (a placeholder if the bytecode cannot be loaded), the reason of a refusal
function closures.undump(tag, bytes)
  local func, reason
  if bytes:sub(1, 1) == '\27' then
    func, reason = loadstring(bytes, '=bytecode')
  else
    reason = 'it is not bytecode'
  end
  if func then return func end
  return placeholder({ tag = tag, bytes = bytes }, reason), reason
end

--- The upvalues of a function as entries `{name=, id=, value=}`.
-- @param number_of function(token) that gives the file's number for a shared variable
function closures.upvalues(func, number_of)
  local entries = {}
  local index = 1
  while true do
    local name, value = debug.getupvalue(func, index)
    if name == nil then return entries end
    -- Lua 5.2 keeps the globals there: they are the reader's own, never the writer's.
    if name == '_ENV' then value = nil end
    entries[index] = { name = name, id = number_of(tostring(debug.upvalueid(func, index))), value = value }
    index = index + 1
  end
end

--- Gives a function the upvalues that were read for it.
-- @param shared table from the file's variable number to `{func=, index=}`, for joining
function closures.set_upvalues(func, tag, upvalues, shared)
  local record = closures.record_of(func)
  if record then
    record.upvalues = upvalues
    -- Numbers of variables mean something only within their file: `shared` makes them comparable.
    record.shared = shared
    return
  end
  for index, entry in pairs(upvalues) do
    if tag ~= closures.CURRENT then
      debug.setupvalue(func, index, entry)
    elseif entry.name == '_ENV' then
      debug.setupvalue(func, index, _G)
    else
      local owner = shared[entry.id]
      if owner then
        debug.upvaluejoin(func, index, owner.func, owner.index)
      else
        debug.setupvalue(func, index, entry.value)
        shared[entry.id] = { func = func, index = index }
      end
    end
  end
end

--- The upvalue entries of a placeholder, with the variable numbers of the file being written.
function closures.record_upvalues(record, number_of)
  if record.tag ~= closures.CURRENT then return record.upvalues or {} end
  local entries = {}
  for index, entry in pairs(record.upvalues or {}) do
    local token = entry.id ~= nil and ('%p/%s'):format(record.shared, tostring(entry.id))
    entries[index] = { name = entry.name, id = token and number_of(token), value = entry.value }
  end
  return entries
end

return closures
