--- Placeholder expressions: `_1 + _2` stands for function(x, y) return x + y end wherever Penlight takes functions.
--
-- Operators that Lua does not overload are functions here: Not, And, Or, Eq, Ne, Lt, Le, Gt, Ge, Len.
local operators = require 'pl.operator'
local tablex = require 'pl.tablex'
local utils = require 'pl.utils'

local func = {}

local Expression = {}

local function is_expression(value) return getmetatable(value) == Expression end

-- An expression applies `fn` to operands, which may be expressions; `op` is for its text.
local function apply(op, fn, ...)
  return setmetatable({ op = op, fn = fn, n = select('#', ...), ... }, Expression)
end

local function evaluate(expression, arguments)
  if not is_expression(expression) then return expression end
  local place = rawget(expression, 'place')
  if place then return arguments[place] end
  local fn, n = rawget(expression, 'fn'), rawget(expression, 'n')
  local values, count = {}, 0
  for i = 1, n do
    local operand = rawget(expression, i)
    if is_expression(operand) and rawget(operand, 'place') == 0 then -- all arguments
      for k = 1, arguments.n do values[count + k] = arguments[k] end
      count = count + arguments.n
    else
      count = count + 1
      values[count] = evaluate(operand, arguments)
    end
  end
  return fn(unpack(values, 1, count))
end

--- The function that an expression stands for.
function func.instantiate(expression)
  return function(...) return evaluate(expression, { n = select('#', ...), ... }) end
end

--- As `instantiate`; other values are returned as they are.
function func.I(expression)
  if is_expression(expression) then return func.instantiate(expression) end
  return expression
end

local BINARY = { __add = '+', __sub = '-', __mul = '*', __div = '/', __mod = '%', __pow = '^', __concat = '..' }
for event, symbol in pairs(BINARY) do
  local fn = operators.optable[symbol]
  Expression[event] = function(a, b) return apply(symbol, fn, a, b) end
end

function Expression.__unm(a) return apply('-', operators.unm, a) end

function Expression.__index(object, key) return apply('[]', operators.index, object, key) end

-- `_1:method(x)` calls the field `method` of _1 with _1 itself first: only then the object is the same expression.
function Expression.__call(fn, ...) return apply('()', operators.call, fn, ...) end

local function named(name, fn)
  func[name] = function(...) return apply(name, fn, ...) end
end

named('Not', operators.lnot)
named('And', operators.land)
named('Or', operators.lor)
named('Eq', operators.eq)
named('Ne', operators.neq)
named('Lt', operators.lt)
named('Le', operators.le)
named('Gt', operators.gt)
named('Ge', operators.ge)
named('Len', operators.len)

--- The placeholders _1 to _5; _0 is all arguments.
for place = 0, 5 do func['_' .. place] = setmetatable({ place = place, n = 0 }, Expression) end

utils.add_function_factory(Expression, func.instantiate)

local PRECEDENCE = { Or = 1, And = 2, Eq = 3, Ne = 3, Lt = 3, Le = 3, Gt = 3, Ge = 3, ['..'] = 4, ['+'] = 5, ['-'] = 5,
  ['*'] = 6, ['/'] = 6, ['%'] = 6, Not = 7, unary = 7, ['^'] = 8 }
local RIGHT = { ['..'] = true, ['^'] = true }
local SYMBOL = { Or = 'or', And = 'and', Eq = '==', Ne = '~=', Lt = '<', Le = '<=', Gt = '>', Ge = '>=', Not = 'not', Len = '#' }

local function text_of(value)
  if is_expression(value) then return func.repr(value) end
  return type(value) == 'string' and ('%q'):format(value) or tostring(value)
end

local function operand_text(value, precedence, strict)
  local text = text_of(value)
  local op = is_expression(value) and rawget(value, 'op')
  local own = op and (rawget(value, 'n') == 1 and PRECEDENCE[op] and 7 or PRECEDENCE[op])
  if own and (own < precedence or (strict and own == precedence)) then return '(' .. text .. ')' end
  return text
end

--- The text of an expression.
function func.repr(expression)
  if not is_expression(expression) then return text_of(expression) end
  local place = rawget(expression, 'place')
  if place then return place == 0 and '...' or '_' .. place end
  local op, n = rawget(expression, 'op'), rawget(expression, 'n')
  local first = rawget(expression, 1)
  if op == '[]' then return ('%s[%s]'):format(text_of(first), text_of(rawget(expression, 2))) end
  if PRECEDENCE[op] and n == 2 then
    local precedence = PRECEDENCE[op]
    return ('%s %s %s'):format(operand_text(first, precedence, RIGHT[op]), SYMBOL[op] or op,
      operand_text(rawget(expression, 2), precedence, not RIGHT[op]))
  end
  if n == 1 and op ~= '()' then return ('%s %s'):format(SYMBOL[op] or op, operand_text(first, PRECEDENCE.unary)) end
  local arguments = {}
  for i = op == '()' and 2 or 1, n do arguments[#arguments + 1] = text_of(rawget(expression, i)) end
  return ('%s(%s)'):format(op == '()' and text_of(first) or op, table.concat(arguments, ','))
end

Expression.__tostring = func.repr

--- A function that can be used in expressions.
function func.register(fn, name)
  utils.assert_arg(1, fn, 'function')
  return function(...) return apply(name or 'function', fn, ...) end
end

--- Makes the functions of a module usable in expressions: a table (or the name of a global one) of them.
-- @param target where they go (default: the caller's environment)
function func.import(module, target)
  target = target or getfenv(2)
  local functions = module
  if type(module) == 'string' then functions = getfenv(2)[module] end
  functions = functions or math
  for name, fn in pairs(functions) do
    if type(fn) == 'function' then target[name] = func.register(fn, name) end
  end
end

--- All elements of a list but the first.
function func.tail(list) return tablex.sub(list, 2) end

func.bind1 = utils.bind1
func.curry = utils.bind1

--- compose(f, g, …)(x) is f(g(…(x))).
function func.compose(...)
  local functions = tablex.map(function(fn) return utils.function_arg(1, fn) end, { ... })
  return function(...)
    local results = { n = select('#', ...), ... }
    for i = #functions, 1, -1 do results = table.pack(functions[i](unpack(results, 1, results.n))) end
    return unpack(results, 1, results.n)
  end
end

--- A function with values, or placeholders for its own arguments, as arguments of `fn`.
function func.bind(fn, ...)
  fn = utils.function_arg(1, fn)
  return func.instantiate(apply('bind', fn, ...))
end

return func
