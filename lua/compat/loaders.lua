--- Loading of chunks: every way that Lua text becomes a function passes through the host's rewriter.
-- luacheck: globals load loadstring loadfile dofile package
local host = require 'bridge.host'
local compat = require 'compat'

local raw_load, raw_loadfile = load, loadfile
local rawtype, error, tostring = type, error, tostring
local byte, find = string.byte, string.find
local BYTECODE = 27

-- A chunk that does not compile is tried once more in the form that older syntax rules accept. When that fails as well
-- LuaJIT reports its error about the text as it was written.
local function compile(source, chunkname, ...)
  if byte(source, 1) == BYTECODE then return raw_load(source, chunkname, ...) end
  local text = find(source, '#', 1, true) and host.rewrite(source, chunkname, false) or source
  local chunk, message = raw_load(text, chunkname, ...)
  if chunk then return chunk end
  local relaxed = host.rewrite(source, chunkname, true)
  if relaxed ~= text then
    chunk = raw_load(relaxed, chunkname, ...)
    if chunk then return chunk end
  end
  if text == source then return nil, message end
  return raw_load(source, chunkname, ...)
end

local function gather(reader)
  local pieces, n = {}, 0
  while true do
    local piece = reader()
    if piece == nil or piece == '' then break end
    if rawtype(piece) ~= 'string' then return nil, 'reader function must return a string' end
    n = n + 1
    pieces[n] = piece
  end
  return table.concat(pieces)
end

--- load(text or function [, chunkname [, mode [, environment]]])
function load(chunk, chunkname, mode, ...)
  local kind = rawtype(chunk)
  if kind == 'number' then chunk, kind = tostring(chunk), 'string' end
  if kind == 'string' then return compile(chunk, chunkname or chunk, mode, ...) end
  if kind ~= 'function' then return raw_load(chunk) end
  local source, message = gather(chunk)
  if source == nil then return nil, message end
  return compile(source, chunkname or '=(load)', mode, ...)
end

--- loadstring(text [, chunkname])
function loadstring(source, chunkname, ...)
  if rawtype(source) == 'number' then source = tostring(source) end
  if rawtype(source) ~= 'string' then
    error(("bad argument #1 to 'loadstring' (string expected, got %s)"):format(source == nil and 'no value' or type(source)), 2)
  end
  return compile(source, chunkname or source, ...)
end

local function read_all(filename)
  if filename == nil then return io.read('*a') end
  local file = io.open(filename, 'rb')
  if file == nil then return nil end
  local text = file:read('*a')
  file:close()
  return text
end

--- loadfile([filename [, mode [, environment]]]); without a name the standard input is read.
function loadfile(filename, ...)
  local source = read_all(filename)
  if source == nil then return raw_loadfile(filename, ...) end -- for its message
  return compile(source, filename == nil and '=stdin' or '@' .. filename, ...)
end

--- dofile([filename])
function dofile(filename)
  local chunk, message = loadfile(filename)
  if chunk == nil then error(message, 0) end
  return chunk()
end

-- Packages of ours that Torch's own installation did not have. Where a script brings a file of such a name along, a class
-- library, say, it means that file.
local beyond_torch = {}
for name in ('bit32 class csvigo hdf5 json lua-utf8 matio mattorch md5 moses socket totem'):gmatch '%S+' do beyond_torch[name] = true end

local function find_module(name)
  local filename, tried = package.searchpath(name, package.path)
  local ours = filename ~= nil and filename:sub(1, #host.lua_root) == host.lua_root
  if ours and beyond_torch[name:match '^[^.]*'] and find(package.path, ';./?.lua', 1, true) then
    filename = package.searchpath(name, './?.lua;./?/init.lua') or filename
  end
  return filename, tried
end

-- The second of `require`'s searchers is the one for Lua files.
package.loaders[2] = function(name)
  if rawtype(package.path) ~= 'string' then error("'package.path' must be a string", 3) end
  local filename, tried = find_module(name)
  if filename == nil then return tried end
  local chunk, message = loadfile(filename)
  if chunk == nil then
    error(("error loading module '%s' from file '%s':\n\t%s"):format(name, filename, message), 3)
  end
  return chunk
end

--- Compiles Lua text as load does; for the host.
compat.compile = function(source, chunkname) return compile(source, chunkname) end
--- LuaJIT's own load, which takes chunks as they are.
compat.raw_load = raw_load
