--- The `%` operator of strings, which th gets from penlight: `'%d of %s' % {3, 'x'}`, `'$name' % {name = 'x'}`.
local unpack = unpack

-- %s takes any value, as print would show it.
local function format(template, ...)
  local values, count = { ... }, select('#', ...)
  local index = 0
  for flags, kind in template:gmatch '%%([^%a%%]*)([%a%%])' do
    if kind ~= '%' or flags ~= '' then
      index = index + 1
      if kind == 's' and index <= count and type(values[index]) ~= 'string' then values[index] = tostring(values[index]) end
    end
  end
  return template:format(unpack(values, 1, count))
end

-- `$name` and `${name}`; names without a value stay as they are.
local function substitute(template, lookup)
  local function value_of(name)
    local value
    if type(lookup) == 'function' then value = lookup(name) else value = lookup[name] end
    if value ~= nil then return tostring(value) end
    return nil
  end
  local text = template:gsub('%${([%w_]+)}', value_of)
  return (text:gsub('%$([%w_]+)', value_of))
end

getmetatable('').__mod = function(template, value)
  if type(value) == 'function' then return substitute(template, value) end
  if type(value) ~= 'table' or (getmetatable(value) or {}).__tostring then return format(template, value) end
  if #value == 0 then return substitute(template, value) end
  return format(template, unpack(value))
end
