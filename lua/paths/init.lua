--- The paths package: file names, directories, and where the running file lies.
local ffi = require 'ffi'
local libc = require 'paths.libc'
local C = libc.C

local paths = _G.paths or {}
_G.paths = paths

local function check_string(value, position, name)
  if type(value) == 'number' then return tostring(value) end
  if type(value) ~= 'string' then
    error(("bad argument #%d to '%s' (string expected, got %s)"):format(position, name, value == nil and 'no value'
      or type(value)), 3)
  end
  return value
end

--------------------------------------------------------------------------------------------------
-- File names

--- Whether the name is that of an existing directory.
function paths.dirp(path)
  -- with a slash at its end a name resolves only if it is a directory
  return C.access(check_string(path, 1, 'dirp') .. '/', 0) == 0
end

--- Whether the name is that of an existing file (of any kind but a directory).
function paths.filep(path)
  return C.access(check_string(path, 1, 'filep'), 0) == 0 and not paths.dirp(path)
end

--- The last component of a name, without `suffix` (given with or without its dot).
function paths.basename(path, suffix)
  local base = check_string(path, 1, 'basename'):match('([^/]*)/*$')
  suffix = suffix and suffix:gsub('^%.', '') or ''
  if suffix ~= '' and #base > #suffix and base:sub(-#suffix - 1) == '.' .. suffix then
    base = base:sub(1, -#suffix - 2)
  end
  return base
end

--- Everything before the last component; '.' for a bare name, slashes alone as they are.
function paths.dirname(path)
  path = check_string(path, 1, 'dirname')
  local before = path:match('^(.*)/[^/]+/*$')
  if not before then return path:sub(1, 1) == '/' and path or '.' end
  return before == '' and '/' or before
end

--- What follows the last dot; nil without one.
function paths.extname(path)
  return check_string(path, 1, 'extname'):match('%.([^.]*)$')
end

--- The full name of the current directory.
function paths.cwd()
  local size = 1024
  while true do
    local buffer = ffi.new('char[?]', size)
    if C.getcwd(buffer, size) ~= nil then return ffi.string(buffer) end
    local number = ffi.errno()
    -- 34 is ERANGE, everywhere
    if number ~= 34 then error('cannot tell the current directory: ' .. ffi.string(C.strerror(number)), 2) end
    size = size * 2
  end
end

--- A full name: each argument relative to the one before, the first to the current directory; '.' and '..' resolved.
function paths.concat(...)
  local parts = {}
  local function follow(path)
    if path:sub(1, 1) == '/' then parts = {} end
    for part in path:gmatch('[^/]+') do
      if part == '..' then
        parts[#parts] = nil
      elseif part ~= '.' then
        parts[#parts + 1] = part
      end
    end
  end
  local first = ...
  if select('#', ...) == 0 or check_string(first, 1, 'concat'):sub(1, 1) ~= '/' then follow(paths.cwd()) end
  for i = 1, select('#', ...) do follow(check_string((select(i, ...)), i, 'concat')) end
  return '/' .. table.concat(parts, '/')
end

--------------------------------------------------------------------------------------------------
-- Directories

--- Names in a directory, '.' and '..' among them, in the directory's order; nil where there is no such directory.
function paths.dir(path)
  local directory = C.opendir(check_string(path, 1, 'dir'))
  if directory == nil then return nil end
  local names = {}
  while true do
    local entry = C.readdir(directory)
    if entry == nil then break end
    names[#names + 1] = ffi.string(entry.d_name)
  end
  C.closedir(directory)
  return names
end

--- Iterates over the names in a directory that match a Lua pattern, or for which a function is true.
function paths.files(path, include)
  local accepts = include
  if type(include) == 'string' then
    accepts = function(name) return name:find(include) end
  elseif include == nil then
    accepts = function() return true end
  elseif type(include) ~= 'function' then
    error('Expecting optional arg 2 to be function or string. Got : ' .. torch.type(include), 2)
  end
  local names, i = paths.dir(path) or {}, 0
  return function()
    repeat
      i = i + 1
    until names[i] == nil or accepts(names[i])
    return names[i]
  end
end

--- Iterates over the sub-directories of a directory.
function paths.iterdirs(path)
  return paths.files(path, function(name)
    return name ~= '.' and name ~= '..' and paths.dirp(paths.concat(path, name))
  end)
end

--- Iterates over the files of a directory.
function paths.iterfiles(path)
  return paths.files(path, function(name) return paths.filep(paths.concat(path, name)) end)
end

--- Makes a directory, and those above it. true, or nil with a message and the error number.
function paths.mkdir(path)
  local above = paths.dirname(check_string(path, 1, 'mkdir'))
  if above ~= path and not paths.dirp(above) then paths.mkdir(above) end
  return libc.outcome(C.mkdir(path, 511), path) -- 511 is 0777, less the umask
end

--- Removes an empty directory. true, or nil with a message and the error number.
function paths.rmdir(path)
  return libc.outcome(C.rmdir(check_string(path, 1, 'rmdir')), path)
end

--- Removes a file, or a directory with everything in it. The second argument must be 'yes'.
function paths.rmall(path, more)
  if more ~= 'yes' then return nil, "missing second argument ('yes')" end
  if paths.filep(path) then return os.remove(path) end
  if not paths.dirp(path) then return nil, 'not a file or directory', path end
  for name in paths.files(path) do
    if name ~= '.' and name ~= '..' then
      local child = paths.concat(path, name)
      local ok, message = paths.rmall(child, more)
      if not ok then return ok, message, child end
    end
  end
  return paths.rmdir(path)
end

-- Temporary files go when the Lua state is closed.
local temporary = {}
local remover = newproxy(true)
getmetatable(remover).__gc = function()
  for _, name in ipairs(temporary) do os.remove(name) end
end

--- The name of a new temporary file, which is removed when Lua ends; nil where none can be made.
function paths.tmpname()
  local name = (os.getenv('TMPDIR') or '/tmp') .. '/luatmpXXXXXX'
  local buffer = ffi.new('char[?]', #name + 1, name)
  local descriptor = C.mkstemp(buffer)
  if descriptor < 0 then return nil end
  C.close(descriptor)
  name = ffi.string(buffer)
  temporary[#temporary + 1], temporary.remover = name, remover
  return name
end

--------------------------------------------------------------------------------------------------
-- System

--- Name of the system ('Linux', 'Darwin' …), of this machine, and of the processor type.
function paths.uname()
  local width = ffi.os == 'OSX' and 256 or 65
  local names = ffi.new('char[?]', 6 * width)
  if C.uname(names) < 0 then return end
  return ffi.string(names), ffi.string(names + width), ffi.string(names + 4 * width)
end

function paths.is_win() return paths.uname():match('Windows') end
function paths.is_mac() return paths.uname():match('Darwin') end

function paths.getregistryvalue()
  error('paths.getregistryvalue is there on Windows only', 2)
end

--- Full name of the first of the named programs that a directory of PATH holds; nil without any.
function paths.findprogram(...)
  for _, program in ipairs { ... } do
    for folder in (os.getenv('PATH') or '.'):gmatch('[^:]+') do
      local candidate = paths.concat(folder, program)
      if paths.filep(candidate) then return candidate end
    end
  end
  return nil
end

--- The directory of the running executable; nil where the system does not tell.
function paths.execdir()
  local program = arg and arg[-1]
  if type(program) ~= 'string' then return nil end
  if not program:find('/') then program = paths.findprogram(program) end
  return program and paths.dirname(paths.concat(program))
end

paths.require = require
paths.home = os.getenv('HOME') or '.'

--------------------------------------------------------------------------------------------------
-- The running file

--- Full name of the file of the calling code (or of the caller `depth` levels up), or of `name` beside it; nil interactively.
function paths.thisfile(name, depth)
  local source = debug.getinfo(depth or 2).source
  local file = type(source) == 'string' and source:match('^@(.*)')
  file = file and paths.concat(file) or nil
  if type(name) ~= 'string' then return file end
  return file and paths.concat(paths.dirname(file), name) or name
end

--- Runs the file `name`, relative to the file of the calling code.
function paths.dofile(name, depth)
  local file = paths.thisfile(nil, 1 + (depth or 2))
  if file and file ~= '' then name = paths.concat(paths.dirname(file), name) end
  return dofile(name)
end

--------------------------------------------------------------------------------------------------
-- Where things are installed

local lua_root = require('bridge.host').lua_root
local prefix = paths.dirname(paths.concat(lua_root))
paths.install_prefix = prefix
for field, folder in pairs { bin = 'bin', man = 'share/man', lib = 'lib', share = 'share', include = 'include',
                             hdr = 'include', hlp = 'share/help', html = 'share/html', cmake = 'share/cmake',
                             lua_cpath = 'lib/lua/5.1', lua_cpathlib = 'lib' } do
  paths['install_' .. field] = paths.concat(prefix, folder)
end
paths.install_lua_path = paths.concat(lua_root)

return paths
