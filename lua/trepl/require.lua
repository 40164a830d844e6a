--- The `require` and `import` of th: a leading dot means a file beside the one that asks, which is run every time.
local ffi = require 'ffi'

ffi.cdef [[ int access(const char *path, int mode); ]]

local plain_require = require
local READABLE = 4

local function exists(path) return ffi.C.access(path, READABLE) == 0 end

local function is_file(path) return exists(path) and not exists(path .. '/.') end

local function load_object(path) return plain_require('torch').load(path) end

local openers = {
  th = load_object,
  net = function(path)
    plain_require 'nn'
    return load_object(path)
  end,
  json = function(path)
    local file = assert(io.open(path, 'rb'))
    local text = file:read '*a'
    file:close()
    return plain_require('cjson').decode(text)
  end,
  csv = function(path) return plain_require('csvigo').load(path) end,
  so = function(path)
    local name = path:match '([^/]+)%.so$'
    return assert(package.loadlib(path, 'luaopen_' .. name))()
  end,
}
local extensions = { 'th', 'net', 'json', 'csv', 'so' }

-- What a path without its extension stands for: the file, and the function that loads it; nil where there is none.
local function resolve(path)
  if is_file(path .. '.lua') then return path .. '.lua', dofile end
  if is_file(path) then return path, openers[path:match '%.(%w+)$'] or dofile end
  for _, extension in ipairs(extensions) do
    local candidate = path .. '.' .. extension
    if is_file(candidate) then return candidate, openers[extension] end
  end
  if is_file(path .. '/init.lua') then return path .. '/init.lua', dofile end
  return nil
end

local function folder_of_caller(level)
  local source = debug.getinfo(level + 1, 'S').source:match '^@(.*)$'
  if not source or not is_file(source) then return '.' end
  return source:match '^(.*)/[^/]*$' or '.'
end

local function is_known(name)
  return package.loaded[name] ~= nil or package.preload[name] ~= nil
    or package.searchpath(name, package.path) ~= nil or package.searchpath(name, package.cpath) ~= nil
    or package.searchpath(name:match '^[^.]*', package.cpath) ~= nil
end

function _G.require(name)
  if type(name) ~= 'string' then return plain_require(name) end
  if name:sub(1, 1) == '.' then
    local path = folder_of_caller(2) .. '/' .. name
    local file, open = resolve(path)
    if not file then error(("module '%s' not found: no file '%s.lua' or '%s/init.lua'"):format(name, path, path), 2) end
    return open(file)
  end
  if not is_known(name) then
    local file, open = resolve('./' .. name)
    if file then return open(file) end
  end
  return plain_require(name)
end

--- Loads a package and makes its fields global; those that exist already only when `forced`.
function _G.import(name, forced)
  local result = _G.require(name)
  local symbols = rawget(_G, name) or result
  if type(symbols) ~= 'table' then return end
  _G._torchimport = rawget(_G, '_torchimport') or {}
  _G._torchimport[name] = symbols
  for key, value in pairs(symbols) do
    if forced or not rawget(_G, key) then _G[key] = value end
  end
end
