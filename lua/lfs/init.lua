--- LuaFileSystem: attributes of files, folders, links, locks and times.
--
-- What fails because of the file system answers `nil, message, errno`; wrong arguments raise an error.
local ffi = require 'ffi'
local system = require('bridge.host').python 'filesystem'
local directory = require 'lfs.directory'

ffi.cdef [[ int fileno(void *stream); ]]

local lfs = { _VERSION = 'LuaFileSystem 1.8.0', _COPYRIGHT = 'pytorch_fbcunn_compat' }

local function expect(position, name, value, kind)
  local found = type(value)
  if found == 'number' and kind == 'string' then return tostring(value) end
  if found ~= kind then
    error(("bad argument #%d to '%s' (%s expected, got %s)"):format(
      position, name, kind, value == nil and 'no value' or found), 3)
  end
  return value
end

local function cannot_inform(path, message, number)
  return nil, ("cannot obtain information from file '%s': %s"):format(path, message), number
end

local function query(name, path, request, follow)
  local wanted = type(request) == 'string' and request or nil
  if request ~= nil and not wanted and type(request) ~= 'table' then
    error(("bad argument #2 to '%s' (string or table expected, got %s)"):format(name, type(request)), 3)
  end
  local ok, answer, message, number = pcall(system.attributes, path, wanted, follow)
  if not ok then error(("bad argument #2 to '%s' (invalid attribute name '%s')"):format(name, wanted), 3) end
  if answer == nil then return cannot_inform(path, message, number) end
  if type(request) ~= 'table' then return answer end
  for key, value in pairs(answer) do request[key] = value end
  return request
end

--- Attributes of a file or folder: a table of all, the named one, or the given table filled.
function lfs.attributes(path, request)
  return query('attributes', expect(1, 'attributes', path, 'string'), request, true)
end

--- As `attributes`, but about a symbolic link itself, with its destination in `target`.
function lfs.symlinkattributes(path, request)
  path = expect(1, 'symlinkattributes', path, 'string')
  if request == 'target' then
    local target, message, number = system.read_link(path)
    if target == nil then return cannot_inform(path, message, number) end
    return target
  end
  local answer, message, number = query('symlinkattributes', path, request, false)
  if type(answer) == 'table' and answer.mode == 'link' then answer.target = system.read_link(path) end
  return answer, message, number
end

--- Iterator over the names in a folder, `.` and `..` first. Raises an error for a folder that cannot be opened.
function lfs.dir(path)
  path = expect(1, 'dir', path, 'string')
  local names, message = system.entries(path)
  if names == nil then error(('cannot open %s: %s'):format(path, message), 2) end
  return directory.open(names)
end

function lfs.currentdir() return system.current_folder() end

--- Changes the working directory: true, or nil and a message.
function lfs.chdir(path)
  path = expect(1, 'chdir', path, 'string')
  local ok, message, number = system.change_folder(path)
  if ok then return true end
  return nil, ("Unable to change working directory to '%s'\n%s\n"):format(path, message), number
end

function lfs.mkdir(path) return system.make_folder(expect(1, 'mkdir', path, 'string')) end

function lfs.rmdir(path) return system.remove_folder(expect(1, 'rmdir', path, 'string')) end

--- Makes a hard link, or a symbolic one.
function lfs.link(target, name, symbolic)
  return system.link(expect(1, 'link', target, 'string'), expect(2, 'link', name, 'string'), symbolic and true or false)
end

--- Sets access and modification time in seconds (default: now; the modification time is the access time unless given).
function lfs.touch(path, access, modification)
  path = expect(1, 'touch', path, 'string')
  if access ~= nil then expect(2, 'touch', access, 'number') end
  if modification ~= nil then expect(3, 'touch', modification, 'number') end
  return system.set_times(path, access, modification or access)
end

local function descriptor(name, file)
  local state = io.type(file)
  if state == nil then error(("bad argument #1 to '%s' (file expected, got %s)"):format(name, type(file)), 3) end
  if state == 'closed file' then error(name .. ': closed file', 3) end
  return ffi.C.fileno(file)
end

--- Locks bytes of an open file, `r` shared or `w` exclusive: true, or nil and a message when another process holds it.
function lfs.lock(file, mode, start, length)
  local number = descriptor('lock', file)
  if mode ~= 'r' and mode ~= 'w' then error('lock: invalid mode', 2) end
  return system.lock_range(number, mode, start or 0, length or 0)
end

--- Gives a lock back.
function lfs.unlock(file, start, length)
  return system.lock_range(descriptor('unlock', file), 'u', start or 0, length or 0)
end

--- Takes a folder for this process by making `lockfile.lfs` in it: an object with `free()`, or nil and a message.
-- @param stale seconds after which somebody else's lock counts as left behind
function lfs.lock_dir(path, stale)
  return directory.lock(lfs, expect(1, 'lock_dir', path, 'string'), stale)
end

--- Says `binary`: only Windows has another mode.
function lfs.setmode(file)
  descriptor('setmode', file)
  return true, 'binary'
end

-- LuaFileSystem of Torch's days published itself as a global, and scripts rely on it.
_G.lfs = lfs

return lfs
