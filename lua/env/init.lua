--- The interactive environment of Torch before `th`: a greeting, a `print` that writes tables out, `who`, `import`, `exit`.
require 'paths'

print 'Torch 7.0  Copyright (C) 2001-2011 Idiap, NEC Labs, NYU'
_G._PROMPT, _G._PROMPT2 = 't7> ', '. > '

local print_before = print
local levels

local function class_of(value) return _G.torch and _G.torch.typename(value) or nil end

-- What stands for a tensor or a storage within a table.
local function brief(value)
  local class = (class_of(value) or ''):match '^torch%.(.*)$'
  if not class then return tostring(value) end
  if class:find 'Storage' then return ('%s - size: %d'):format(class, value:size()) end
  if not class:find 'Tensor' then return tostring(value) end
  if value:nDimension() == 0 then return class .. ' - empty' end
  return class .. ' - size: ' .. table.concat(value:size():totable(), 'x')
end

local colors = {
  ['nil'] = '\27[1;30m', number = '\27[0;36m', boolean = '\27[0;34m', string = '\27[0;33m', ['function'] = '\27[0;35m',
  userdata = '\27[0;31m', cdata = '\27[0;31m', table = '\27[0;32m', thread = '\27[0;30m',
}

local function paint(value)
  local kind = type(value)
  local text = (kind == 'userdata' or kind == 'cdata') and brief(value) or tostring(value)
  if not _G.torch.isatty(io.stdout) then return text end
  return colors[kind] .. text .. '\27[0m'
end

-- Lines go through the `print` of before: under `th` each ends in a TAB.
local function line(indent, text)
  io.write((' '):rep(indent))
  print_before(text)
end

local function print_table(object, depth)
  local indent = 4 * depth
  local metatable = getmetatable(object)
  local class = class_of(object)
  if not class and type(metatable) == 'table' and metatable.__tostring then
    print_before(tostring(object))
    return
  end
  if class then line(indent, (tostring(object):gsub('\n', '\n' .. (' '):rep(indent)))) end
  line(indent, '{')
  for key, value in pairs(object) do
    local label = tostring(key) .. ' : '
    if type(value) ~= 'table' or depth >= levels - 1 or next(value) == nil then
      line(indent + 2, label .. paint(value))
    else
      line(indent + 2, label)
      print_table(value, depth + 1)
    end
  end
  line(indent, '}')
end

local function print_values(...)
  local count = select('#', ...)
  if count == 0 then print_before() end
  for i = 1, count do
    local value = (select(i, ...))
    local kind = type(value)
    if kind == 'table' then
      print_table(value, 0)
    elseif kind == 'userdata' or kind == 'cdata' then
      print_before(value)
    else
      io.write(paint(value) .. '\t')
      if i == count then print_before() end
    end
  end
end

--- How many levels of nested tables `print` shows; 0 brings the `print` of before back.
function _G.setprintlevel(n)
  if type(n) ~= 'number' or n < 0 then error('expected number [0,+)', 2) end
  levels = math.floor(n)
  _G.print = levels == 0 and print_before or print_values
end

_G.setprintlevel(5)

--- Ends the program.
function _G.exit() os.exit() end

--- `table()` makes a table that has the functions of `table` as methods.
setmetatable(table, {
  __call = function()
    local methods = {}
    for name, func in pairs(table) do methods[name] = func end
    return methods
  end,
})

--- Loads a package and makes its fields global; those that are taken stay, unless `forced`.
function _G.import(package, forced)
  require(package)
  local fields = _G[package]
  if fields then
    _G._torchimport = _G._torchimport or {}
    _G._torchimport[package] = fields
  end
  for name, value in pairs(fields) do
    if not _G[name] or forced then _G[name] = value end
  end
end

--- Loads torch and dok, as `require` or as `import` does.
function _G.loaddefaultlibs(with_import)
  local load = with_import and _G.import or require
  load 'torch'
  load 'dok'
end

_G.loaddefaultlibs(false)

-- After the packages: `who` takes what is there now for the system's.
require 'trepl.globals'

_G._preloaded_ = {}
for name in pairs(_G) do _G._preloaded_[name] = true end
