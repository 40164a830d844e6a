--- Results of library functions that Lua 5.2 changed: os.execute, closing pipes, writing to files, debug.setmetatable.
-- luacheck: globals os io debug
local ffi = require 'ffi'
local bit = require 'bit'

local select, error = select, error

-- wait(2) status -> true|nil, 'exit'|'signal', number
local function explain_status(status)
  local signal = bit.band(status, 0x7f)
  if signal ~= 0 then return nil, 'signal', signal end
  local code = bit.band(bit.rshift(status, 8), 0xff)
  return code == 0 or nil, 'exit', code
end

local raw_execute = os.execute

--- Runs a shell command; answers `true, 'exit', 0`, `nil, 'exit', code` or `nil, 'signal', number`. Without a command:
-- whether there is a shell.
function os.execute(command)
  if command == nil then return raw_execute() ~= 0 end
  local status = raw_execute(command)
  if status == -1 then return nil, 'exit', -1 end
  return explain_status(status)
end

local methods = getmetatable(io.stdout).__index
local raw_write, raw_close = methods.write, methods.close
local raw_io_write, raw_popen, output = io.write, io.popen, io.output

local function file_or_failure(file, ok, ...)
  if ok then return file end
  return ok, ...
end

--- Writes values to a file; answers the file, so that calls can be chained.
function methods.write(file, ...) return file_or_failure(file, raw_write(file, ...)) end

--- Writes values to the default output; answers that file.
function io.write(...) return file_or_failure(output(), raw_io_write(...)) end

ffi.cdef [[
  typedef struct fbcunn_lua_file { void *stream; uint32_t kind; } fbcunn_lua_file;
  int pclose(void *stream);
]]

-- LuaJIT throws the exit status of a pipe away. We close the stream ourselves and mark the file as closed in LuaJIT's own
-- record of it, whose first field is the stream.
local pipes = setmetatable({}, { __mode = 'k' })

local function close_pipe(file)
  local record = ffi.cast('fbcunn_lua_file *', tonumber(('%p'):format(file)))
  local stream = record.stream
  if stream ~= ffi.cast('void *', file) then error('io.popen: this LuaJIT keeps its files in another form', 3) end
  record.stream = nil
  pipes[file] = nil
  local status = ffi.C.pclose(stream)
  if status == -1 then return nil, 'exit', -1 end
  return explain_status(status)
end

--- Starts a shell command; closing the file answers as os.execute does.
function io.popen(...)
  local file, message, code = raw_popen(...)
  if file == nil then return file, message, code end
  pipes[file] = true
  return file
end

function methods.close(file)
  if file ~= nil and pipes[file] and io.type(file) == 'file' then return close_pipe(file) end
  return raw_close(file)
end

function io.close(file)
  if file == nil then file = output() end
  return methods.close(file)
end

local raw_setmetatable = debug.setmetatable

--- Sets the metatable of any value; answers the value.
function debug.setmetatable(...)
  raw_setmetatable(...)
  return (select(1, ...))
end
