--- `who` lists the user's global variables, `monitor_G` reports each creation and each read of an unknown one.
local colors = require 'trepl.colors'

local function brief(value)
  local kind = type(value)
  local torch = package.loaded['torch']
  if kind == 'string' then
    local text = value:gsub('\n', '\\n')
    return ('string : "%s"'):format(#text > 40 and text:sub(1, 40) .. '...' or text)
  elseif kind == 'table' then
    local name = torch and torch.typename(value)
    return name or 'table - size: ' .. #value
  elseif kind == 'userdata' and torch and torch.typename(value) then
    local name = torch.typename(value):match '([^.]*)$'
    if name:find 'Tensor$' then return name .. ' - size: ' .. table.concat(value:size():totable(), 'x') end
    return name
  end
  return tostring(value)
end

--- Prints the global variables that the user made; with `system` also the others.
function _G.who(system)
  local width = 0
  for key in pairs(_G) do width = math.max(width, #tostring(key)) end
  local function list(preloaded)
    local names = {}
    for key in pairs(_G) do
      if (_G._preloaded_[key] ~= nil) == preloaded then names[#names + 1] = tostring(key) end
    end
    table.sort(names)
    for _, key in ipairs(names) do
      print(('[%s]%s = %s'):format(key, (' '):rep(width - #key), brief(rawget(_G, key))))
    end
  end
  if system then
    print '== System Variables =='
    list(true)
  end
  print '== User Variables =='
  list(false)
  print '=='
end

local function place_of(level)
  local info = debug.getinfo(level + 1, 'Sl')
  if not info or info.currentline < 0 then return colors.yellow .. '[C-module]' .. colors.none end
  return colors.magenta .. info.short_src .. colors.none .. ':' .. colors.green .. info.currentline .. colors.none
end

--- Watches the global variables: `callback(name, 'newindex' or 'index')`; `true`: an error; nothing: a printed line.
function _G.monitor_G(callback)
  local strict = callback == true
  local known = {}
  for key in pairs(_G) do known[key] = true end

  local function report(what, key)
    local text = ('%s%s: %s%s%s @ %s'):format(colors.red, what, colors.blue, tostring(key), colors.none, place_of(3))
    if strict then error(text, 3) end
    print(text)
  end

  setmetatable(_G, {
    __newindex = function(self, key, value)
      if not known[key] then
        known[key] = true
        if type(callback) == 'function' then callback(key, 'newindex') else report('created global variable', key) end
      end
      rawset(self, key, value)
    end,
    __index = function(_, key)
      if type(callback) == 'function' then callback(key, 'index') else report('attempt to read undeclared variable', key) end
      return nil
    end,
  })
end
