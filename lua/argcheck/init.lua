--- Checks of the arguments of functions, from rules: types, defaults, arguments by name, overloading.
--
-- `argcheck{rules…, options…}` answers a function that returns its checked arguments, or calls `call` with them.
local ambiguous = require 'argcheck.ambiguity'
local compile = require 'argcheck.compile'
local doc = require 'argcheck.doc'
local env = require 'argcheck.env'
local graph = require 'argcheck.graph'
local usage = require 'argcheck.usage'

-- Alternatives of every checked function, for overloading it.
local known = setmetatable({}, { __mode = 'k' })

-- Errors are reported where argcheck was called, so many functions up.
local BELOW_ARGCHECK, BELOW_READ = 4, 5

local function need(condition, message, level)
  if not condition then error(message, level or BELOW_ARGCHECK) end
end

local function read_rules(spec)
  local rules, index, references = {}, {}, 0
  for i, rule in ipairs(spec) do
    need(type(rule) == 'table', ('rule %d: expected a table, got a %s'):format(i, type(rule)), BELOW_READ)
    need(type(rule.name) == 'string', 'rule must have a name field', BELOW_READ)
    need(type(rule.type) == 'string', ("rule type must be a string: argument '%s'"):format(rule.name), BELOW_READ)
    need(rule.check == nil or type(rule.check) == 'function', ("rule check must be a function: '%s'"):format(rule.name), BELOW_READ)
    need(rule.defaultf == nil or type(rule.defaultf) == 'function', ("defaultf must be a function: '%s'"):format(rule.name), BELOW_READ)
    local optional = rule.opt or rule.default ~= nil or rule.defaulta ~= nil or rule.defaultf ~= nil
    rules[i] = {
      name = rule.name, type = rule.type, check = rule.check, help = rule.help, doc = rule.doc,
      default = rule.default, defaulta = rule.defaulta, defaultf = rule.defaultf, optional = optional and true or false,
    }
    index[rule.name] = i
    if rule.defaulta then references = references + 1 end
  end
  for _, rule in ipairs(rules) do
    need(rule.defaulta == nil or index[rule.defaulta], ('invalid defaulta name <%s>'):format(tostring(rule.defaulta)), BELOW_READ)
  end
  return rules, index, references
end

local function read(spec)
  local rules, index, references = read_rules(spec)
  need(not (spec.noordered and spec.nonamed), 'noordered and nonamed leave no way to call the function')
  need(spec.call == nil or type(spec.call) == 'function', 'call must be a function')
  return {
    rules = rules, index = index, references = references, istype = env.istype, call = spec.call,
    pack = spec.pack and true or nil, noordered = spec.noordered and true or nil, nonamed = spec.nonamed and true or nil,
    help = spec.help, doc = spec.doc,
  }
end

-- The alternatives with the new one: last, unless it is forced to win over the others.
local function combine(spec, alternative)
  local previous = spec.overload or spec.chain
  local checked = { quiet = spec.quiet and true or nil, forced = spec.force and true or nil }
  if previous == nil then return { alternative, quiet = checked.quiet } end
  local older = known[previous]
  need(older, 'trying to overload a non-argcheck function')
  checked.forced = checked.forced or older.forced
  if spec.force then checked[1] = alternative end
  for _, other in ipairs(older) do
    if not spec.force then
      need(not ambiguous(other, alternative), 'argcheck rules led to ambiguous situations')
    end
    checked[#checked + 1] = other
  end
  if not spec.force then checked[#checked + 1] = alternative end
  return checked
end

--- Makes a checked function; with `debug` its code is printed, and a Graphviz picture is the second result.
local function argcheck(spec)
  if type(spec) ~= 'table' then error(('argcheck: a table of rules is expected, got a %s'):format(type(spec)), 2) end
  local alternative = read(spec)
  local checked = combine(spec, alternative)
  local code = compile(checked)
  local fn = assert(load(code, '=[argcheck]'))(checked)
  known[fn] = checked
  if doc.recording() then
    local text = usage.described(alternative)
    if text then doc.doc(text) end
  end
  if spec.debug then
    print(code)
    return fn, graph(checked)
  end
  return fn
end

env.argcheck = argcheck

return argcheck
