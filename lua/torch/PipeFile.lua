--- `torch.PipeFile`: the output or the input of a shell command.
local torch = require 'torch.namespace'
local errors = require 'torch.errors'
local file_mode = require 'torch.file_mode'
local stdio = require 'torch.stdio'
local ffi = require 'ffi'
local rawtype = require('torch.ctypes').rawtype
local DiskFile = require 'torch.DiskFile'

local PipeFile

--- Starts a command.
-- @param mode 'r' (default) reads what it prints, 'w' writes to its input
-- @param quiet when true, a command that cannot be started gives nil instead of an error
local function open(command, mode, quiet)
  if rawtype(command) ~= 'string' then errors.argument_type(1, 'PipeFile', 'string', command) end
  mode = mode or 'r'
  local readable, writable = file_mode(mode, 'PipeFile', "'r','w'")
  io.stdout:flush()
  local stream = stdio.popen(command, mode)
  if stream == nil then
    return DiskFile._no_stream(quiet, "cannot open <%s> in mode %s%s.  This might be because eg the executable doesn't "
      .. 'exist, but it could also be because you are out of memory.', command, readable and 'r' or ' ',
      writable and 'w' or ' ')
  end
  return DiskFile._wrap(PipeFile, ffi.gc(stream, stdio.pclose), command, readable, writable)
end

PipeFile = torch.newmetatable('torch.PipeFile', 'torch.DiskFile', open)
PipeFile._close_stream = stdio.pclose

function PipeFile:__tostring__() return self:_description('PipeFile', ':') end

return PipeFile
