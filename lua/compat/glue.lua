--- What the Python host calls: protected calls with tracebacks, access to values, callbacks.
local host = require 'bridge.host'
local compat = require 'compat'

local error, xpcall, tostring, rawtype = error, xpcall, tostring, type
local pcall, tonumber = pcall, tonumber
local traceback, sethook = debug.traceback, debug.sethook

local glue = {}

local OWN = debug.getinfo(1, 'S').short_src

local LENGTH = rawget(string, '__len') and debug.getinfo(rawget(string, '__len'), 'S').short_src or OWN
-- Files whose frames, and all frames below them, are the host's.
local hidden = { OWN }

--- Ends tracebacks at the frames of a function's file too.
function glue.hide(f) hidden[#hidden + 1] = debug.getinfo(f, 'S').short_src end

local function is_hidden(line)
  for _, file in ipairs(hidden) do
    if line:find(file, 1, true) then return true end
  end
  return false
end

-- The stack above the host's own frames, without the frame of a length operator and without nameless builtins.
local function own_part_removed(text)
  local kept = {}
  for line in (text .. '\n'):gmatch '(.-)\n' do
    if is_hidden(line) then break end
    if line:find(LENGTH, 1, true) then
      if kept[#kept] == "\t[C]: in function 'error'" then kept[#kept] = nil end
    elseif line ~= '' and not line:find '^\t%[.-%]: at 0x%x+$' then
      kept[#kept + 1] = line
    end
  end
  if kept[#kept] == "\t[C]: in function 'xpcall'" then kept[#kept] = nil end
  return table.concat(kept, '\n')
end

local function on_error(value)
  local ok, message = pcall(tostring, value)
  if not ok or rawtype(message) ~= 'string' then message = '(error object is a ' .. rawtype(value) .. ' value)' end
  return { value = value, message = message, traceback = own_part_removed(traceback('', 2)) }
end

--- Calls a function; answers `true, results…` or `false, {value, message, traceback}`.
function glue.call(f, ...) return xpcall(f, on_error, ...) end

--- Compiles text; answers the function, or nil and a message.
function glue.compile(source, chunkname) return compat.compile(source, chunkname) end

--- Compiles `return <text>`, or the text itself where that is not an expression.
function glue.compile_expression(source, chunkname)
  return compat.compile('return ' .. source, chunkname) or compat.compile(source, chunkname)
end

function glue.compile_file(path) return loadfile(path) end

function glue.get(object, key) return object[key] end
function glue.set(object, key, value) object[key] = value end
function glue.length(object) return #object end
function glue.same(a, b) return rawequal(a, b) end

--- A text that is the same for the same object only.
function glue.identity(object) return ('%p'):format(object) end

--- Keys and values of an object, as two lists and their length.
function glue.items(object)
  local keys, values, n = {}, {}, 0
  for key, value in pairs(object) do
    n = n + 1
    keys[n], values[n] = key, value
  end
  return keys, values, n
end

--- Name of a Torch class, or nil.
function glue.typename(object)
  local torch = package.loaded['torch']
  return torch and torch.typename and torch.typename(object) or nil
end

--- Address of a tensor's handle for the Python side; nil for other values.
function glue.tensor_address(object)
  local ctypes = package.loaded['torch.ctypes']
  if ctypes and ctypes.is_tensor(object) then return ctypes.address(object) end
  return nil
end

--- A tensor for a handle made on the Python side.
function glue.tensor_at(address) return require('torch')._wrap(address) end

local function relay(ok, ...)
  if ok then return ... end
  error((...), 2)
end

--- A Lua function that calls Python; `invoke` answers `true, results…` or `false, message`.
function glue.callback(invoke)
  return function(...) return relay(invoke(...)) end
end

local function unwind() error('exit', 0) end

local exit_codes = { [true] = 0, [false] = 1 }

--- Ends the program: unwinds to the host past every pcall, because the hook raises the error again after each.
function os.exit(code, ...) -- luacheck: ignore
  if code == nil then code = true end
  host.exit(exit_codes[code] or tonumber(code) or 1)
  sethook(unwind, '', 1)
  error('exit', 0)
end

--- Address of a Lua state of this runtime that stays alive.
glue.anchor = coroutine.create(function() end)
function glue.state() return tonumber(('%p'):format(glue.anchor)) end

glue.clear_hook = sethook

return glue
