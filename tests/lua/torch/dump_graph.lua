-- Describes a Lua value as JSON: every object once, under a number of its own.
-- Elements of tensors and storages are written as strings, exact in every type.
local half = require 'torch.half'

local function quote(text)
  return '"' .. text:gsub('[%c"\\\127-\255]', function(c) return ('\\u%04x'):format(c:byte()) end) .. '"'
end

local function number(value)
  if value ~= value then return '"nan"' end
  return quote(('%.17g'):format(value))
end

local function elements(data, count, class)
  local values = {}
  for i = 0, count - 1 do
    local value = data[i]
    if class:find('Half') then value = half.to_number(value) end
    values[i + 1] = class:find('Long') and quote(tostring(value):gsub('LL$', '')) or number(tonumber(value))
  end
  return '[' .. table.concat(values, ',') .. ']'
end

local function list(storage)
  local values = {}
  for i = 1, storage:size() do values[i] = tostring(storage[i]) end
  return '[' .. table.concat(values, ',') .. ']'
end

local function dump(root)
  local numbers, nodes, pending = {}, {}, {}

  local function reference(value)
    local key = type(value) == 'userdata' and torch.pointer(value) or value
    if not numbers[key] then
      pending[#pending + 1] = value
      numbers[key] = #pending
    end
    return ('{"object":%d}'):format(numbers[key])
  end

  local function node(value)
    local kind = type(value)
    if kind == 'nil' then return '{"t":"nil"}' end
    if kind == 'boolean' then return ('{"t":"boolean","v":%s}'):format(tostring(value)) end
    if kind == 'number' then return ('{"t":"number","v":%s}'):format(number(value)) end
    if kind == 'string' then return ('{"t":"string","v":%s}'):format(quote(value)) end
    return reference(value)
  end

  local function describe(value)
    local class = torch.typename(value)
    if class and class:find('Storage$') then
      return ('{"t":"storage","class":"%s","len":%d,"values":%s}'):format(class, value:size(),
        elements(value:data(), value:size(), class))
    elseif class and class:find('Tensor$') then
      local copy = value:dim() > 0 and value:clone()
      return ('{"t":"tensor","class":"%s","size":%s,"stride":%s,"offset":%d,"storage":%s,"values":%s}'):format(
        class, list(value:size()), list(value:stride()), value:storageOffset(), node(value:storage()),
        copy and elements(copy:data(), copy:nElement(), class) or '[]')
    elseif type(value) == 'function' then
      local upvalues = {}
      for i = 1, 255 do
        local name, held = debug.getupvalue(value, i)
        if not name then break end
        upvalues[i] = ('[%s,%s]'):format(quote(name), node(held))
      end
      return ('{"t":"function","upvalues":[%s]}'):format(table.concat(upvalues, ','))
    end
    local items = {}
    for key, held in pairs(value) do items[#items + 1] = ('[%s,%s]'):format(node(key), node(held)) end
    return ('{"t":"%s","class":"%s","items":[%s]}'):format(class and 'object' or 'table', class or '',
      table.concat(items, ','))
  end

  local top = node(root)
  local next_object = 1
  while pending[next_object] do
    nodes[next_object] = describe(pending[next_object])
    next_object = next_object + 1
  end
  return ('{"root":%s,"nodes":[%s]}'):format(top, table.concat(nodes, ','))
end

return dump
