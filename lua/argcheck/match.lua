--- Finds the alternative of a checked function that the arguments fit, the arguments that were left out included.
--
-- This is the general way. Calls that give all arguments up to some point are recognised by compiled code before.
local match = {}

local function accepts(alternative, rule, value)
  if value == nil or not alternative.istype(value, rule.type) then return false end
  return not rule.check or rule.check(value) and true or false
end

-- Gives argument `j` and what follows to rule `i` and those that follow. An argument goes to the first rule that can take
-- it; a nil counts for a rule that may be left out.
local function in_order(alternative, i, j, n, arguments, found)
  local rule = alternative.rules[i]
  if not rule then return j > n end
  if j <= n and accepts(alternative, rule, arguments[j]) then
    found[i] = arguments[j]
    if in_order(alternative, i + 1, j + 1, n, arguments, found) then return true end
  end
  if not rule.optional then return false end
  found[i] = nil
  if j <= n and arguments[j] == nil and in_order(alternative, i + 1, j + 1, n, arguments, found) then return true end
  return in_order(alternative, i + 1, j, n, arguments, found)
end

local function by_name(alternative, first, values, found)
  local given = 0
  for _ in pairs(values) do given = given + 1 end
  local rules = alternative.rules
  for i = first, #rules do
    local rule = rules[i]
    local value = values[rule.name]
    if value ~= nil then
      if not accepts(alternative, rule, value) then return false end
      given = given - 1
    elseif not rule.optional then
      return false
    end
    found[i] = value
  end
  return given == 0
end

local function named(alternative, n, arguments, found)
  local rules = alternative.rules
  local is_method = rules[1] and rules[1].name == 'self'
  if is_method and n == 2 and type(arguments[2]) == 'table' and accepts(alternative, rules[1], arguments[1]) then
    found[1] = arguments[1]
    return by_name(alternative, 2, arguments[2], found)
  end
  return n == 1 and type(arguments[1]) == 'table' and by_name(alternative, 1, arguments[1], found)
end

local function fill_in(alternative, found)
  for i, rule in ipairs(alternative.rules) do
    if found[i] == nil then
      if rule.default ~= nil then
        found[i] = rule.default
      elseif rule.defaultf then
        found[i] = rule.defaultf()
      end
    end
  end
  -- One argument may default to another one that defaults to a third.
  for _ = 1, alternative.references do
    for i, rule in ipairs(alternative.rules) do
      if found[i] == nil and rule.defaulta then found[i] = found[alternative.index[rule.defaulta]] end
    end
  end
end

-- In quiet mode the function to call, if there is one, is the sign of success: whoever asked may call it.
local function deliver(alternative, found, quiet)
  fill_in(alternative, found)
  local rules, call = alternative.rules, alternative.call
  if alternative.pack then
    local packed = {}
    for i, rule in ipairs(rules) do packed[rule.name] = found[i] end
    if quiet then return call or true, packed end
    if call then return call(packed) end
    return packed
  end
  if quiet then return call or true, unpack(found, 1, #rules) end
  if call then return call(unpack(found, 1, #rules)) end
  return unpack(found, 1, #rules)
end

--- Calls what fits, or raises an error with the usage.
-- @param checked alternatives, in the order in which they are tried, and `quiet`
function match.resolve(checked, n, ...)
  local arguments = { ... }
  for _, alternative in ipairs(checked) do
    local found = {}
    if not alternative.noordered and in_order(alternative, 1, 1, n, arguments, found) then
      return deliver(alternative, found, checked.quiet)
    end
  end
  for _, alternative in ipairs(checked) do
    local found = {}
    if not alternative.nonamed and named(alternative, n, arguments, found) then
      return deliver(alternative, found, checked.quiet)
    end
  end
  local text = require('argcheck.usage').explain(checked, n, arguments)
  if checked.quiet then return false, text end
  error(text .. '\ninvalid arguments!', 2)
end

return match
