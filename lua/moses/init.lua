--- moses: Moses 1.6, functions for tables, arrays, functions and objects. Callbacks get (key, value, ...), as in all of
-- Moses 1; Moses 2 turned that into (value, key, ...). `_(value):f(...):g(...):value()` chains calls.
local moses = {
  _VERSION = 'Moses v1.6.1',
  _URL = 'http://github.com/Yonaba/Moses',
  _DESCRIPTION = 'Functions for tables, arrays, functions and objects, as in Moses 1.6.1',
}

-- All functions by name, aliases included, but for `chain`, `value` and `import`, which are the library's own.
local functions = {}

local sections = { 'values', 'tables', 'folding', 'ordering', 'arrays', 'combining', 'utilities', 'objects' }

local aliases = {
  forEach = 'each', forEachi = 'eachi', loop = 'cycle', collect = 'map',
  inject = 'reduce', foldl = 'reduce', injectr = 'reduceRight', foldr = 'reduceRight',
  mapr = 'mapReduce', maprr = 'mapReduceRight',
  any = 'include', some = 'include', contains = 'include', filter = 'select', discard = 'reject', every = 'all',
  takeWhile = 'selectWhile', rejectWhile = 'dropWhile',
  shift = 'pop', remove = 'pull', rmRange = 'removeRange', chop = 'removeRange',
  sub = 'slice', head = 'first', take = 'first', skip = 'last', tail = 'rest',
  without = 'difference', diff = 'difference', symdiff = 'symmetricDifference', xor = 'symmetricDifference',
  uniq = 'unique', isuniq = 'isunique', transpose = 'zip', part = 'partition', perm = 'permutation',
  mirror = 'invert', join = 'concat',
  cache = 'memoize', juxt = 'juxtapose', uid = 'uniqueId', iter = 'iterator',
  methods = 'functions', choose = 'pick', drop = 'omit', defaults = 'template', compare = 'isEqual',
}

-- What `_(value)` gives: any function of the library as a method, whose result is wrapped again.
local Chain = {}

local function wrap(value)
  return setmetatable({ _value = value, _wrapped = true }, Chain)
end

--- Wraps a value, so that the functions of the library are its methods. Also `_(value)`.
function moses.chain(value)
  return wrap(value)
end

--- What a chain wraps.
function moses.value(chain)
  return chain._value
end

-- A wrapped first argument makes any function a link of the chain.
local function link(f)
  return function(first, ...)
    if getmetatable(first) == Chain then return wrap((f(first._value, ...))) end
    return f(first, ...)
  end
end

for _, section in ipairs(sections) do
  for name, f in pairs(require('moses.' .. section)) do functions[name] = link(f) end
end

local listed = require('moses.objects').functions
functions.functions = link(function(object, recurse) return listed(object or functions, recurse) end)

for alias, name in pairs(aliases) do functions[alias] = functions[name] end
for name, f in pairs(functions) do moses[name] = f end

--- Puts all functions into a table, the global one by default, and returns it. With `noConflict`, names that are taken
-- there stay what they are.
function moses.import(context, noConflict)
  context = context or _G
  for name, f in pairs(functions) do
    if not (noConflict and rawget(context, name)) then context[name] = f end
  end
  return context
end

Chain.__index = setmetatable({ chain = moses.chain, value = moses.value, import = link(moses.import) }, {
  __index = functions,
})

return setmetatable(moses, { __call = function(_, value) return wrap(value) end })
