--- Lua code of a checked function: the calls that give arguments in order, the last of which may be left out, are
-- recognised there; all others are left to `argcheck.match`.
local env = require 'argcheck.env'

local default_istype = env.istype
-- No object of a class passes for one of these, so that Lua's own `type` is enough.
local BASIC = { number = true, string = true, boolean = true, ['function'] = true }

local function names(prefix, count)
  local list = {}
  for i = 1, count do list[i] = prefix .. i end
  return table.concat(list, ', ')
end

local function condition(alternative, a, i)
  local rule = alternative.rules[i]
  local text
  if alternative.istype == default_istype and BASIC[rule.type] then
    text = ('type(a%d) == %q'):format(i, rule.type)
  else
    text = ('alternative%d.istype(a%d, %q)'):format(a, i, rule.type)
  end
  if rule.check then text = text .. (' and rules%d[%d].check(a%d)'):format(a, i, i) end
  if rule.optional then return ('(a%d == nil or %s)'):format(i, text) end
  if not BASIC[rule.type] then text = ('a%d ~= nil and %s'):format(i, text) end
  return text
end

local function default_code(alternative, a)
  local lines = {}
  for i, rule in ipairs(alternative.rules) do
    if rule.default ~= nil then
      lines[#lines + 1] = ('    if a%d == nil then a%d = rules%d[%d].default end'):format(i, i, a, i)
    elseif rule.defaultf then
      lines[#lines + 1] = ('    if a%d == nil then a%d = rules%d[%d].defaultf() end'):format(i, i, a, i)
    end
  end
  for _ = 1, alternative.references do
    for i, rule in ipairs(alternative.rules) do
      if rule.defaulta then
        lines[#lines + 1] = ('    if a%d == nil then a%d = a%d end'):format(i, i, alternative.index[rule.defaulta])
      end
    end
  end
  return lines
end

local function result_code(alternative, a, quiet)
  local count = #alternative.rules
  local results = names('a', count)
  if alternative.pack then
    local fields = {}
    for i, rule in ipairs(alternative.rules) do fields[i] = ('[%q] = a%d'):format(rule.name, i) end
    results = '{ ' .. table.concat(fields, ', ') .. ' }'
  end
  local call = alternative.call and ('alternative%d.call'):format(a)
  if not quiet then return call and ('%s(%s)'):format(call, results) or results end
  local success = call or 'true'
  return results == '' and success or success .. ', ' .. results
end

local function branch(alternative, a, quiet)
  local count = #alternative.rules
  local tests = { ('n <= %d'):format(count) }
  for i = 1, count do tests[#tests + 1] = condition(alternative, a, i) end
  local lines = { '  if ' .. table.concat(tests, '\n    and ') .. ' then' }
  for _, line in ipairs(default_code(alternative, a)) do lines[#lines + 1] = line end
  lines[#lines + 1] = '    return ' .. result_code(alternative, a, quiet)
  lines[#lines + 1] = '  end'
  return table.concat(lines, '\n')
end

-- More arguments than this are left to the general way: LuaJIT functions have at most 200 variables.
local MOST = 60

--- The code for `checked`, as a chunk that gets it as its argument and answers the function.
return function(checked)
  local head, body, most = { 'local checked = ...' }, {}, 0
  for a, alternative in ipairs(checked) do
    -- A forced alternative takes what an older one could take too; only the general way knows which.
    if a > 1 and checked.forced then break end
    local count = #alternative.rules
    if not alternative.noordered and count <= MOST then
      most = math.max(most, count)
      head[#head + 1] = ('local alternative%d = checked[%d]'):format(a, a)
      head[#head + 1] = ('local rules%d = alternative%d.rules'):format(a, a)
      body[#body + 1] = branch(alternative, a, checked.quiet)
    end
  end
  local lines = { table.concat(head, '\n'), 'return function(...)', "  local n = select('#', ...)" }
  if most > 0 then lines[#lines + 1] = '  local ' .. names('a', most) .. ' = ...' end
  lines[#lines + 1] = table.concat(body, '\n')
  lines[#lines + 1] = "  return require('argcheck.match').resolve(checked, n, ...)"
  lines[#lines + 1] = 'end'
  return table.concat(lines, '\n')
end
