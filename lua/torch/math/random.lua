--- Random numbers, streams as Torch7's: filling tensors, single numbers, permutations, multinomial sampling.
local bridge = require 'bridge'
local torch = require 'torch.namespace'
local overload = require 'torch.overload'
local tensors = require 'torch.tensor.metatype'

local C, fail, raise = bridge.C, bridge.fail, bridge.raise
local define, all, real = overload.define, overload.all, overload.real

--- A number from a distribution, and a tensor filled with it.
local function distribution(code, types, parameters, check)
  local function number(generator, a, b)
    if check then check(a, b) end
    return C.fbl_random(generator, code, a or 0, b or 0)
  end
  local function fill(t, generator, a, b)
    if C.fbl_random_fill(generator, code, t, a or 0, b or 0) ~= 0 then fail() end
    return t
  end
  local list = parameters ~= '' and ', ' .. parameters or ''
  return { types = types, both = { { 'G' .. list, number }, { 'T!, G' .. list, fill } } }
end

local function positive_deviation(_, deviation)
  if deviation <= 0 then raise('standard deviation must be strictly positive') end
end

local function probability(p)
  if p < 0 or p > 1 then raise('must be >= 0 and <= 1') end
end

define('uniform', distribution(C.FBL_RANDOM_UNIFORM, real, 'num=0, num=1'))
define('normal', distribution(C.FBL_RANDOM_NORMAL, real, 'num=0, num=1', positive_deviation))
define('cauchy', distribution(C.FBL_RANDOM_CAUCHY, real, 'num=0, num=1'))
define('logNormal', distribution(C.FBL_RANDOM_LOGNORMAL, real, 'num=1, num=2', positive_deviation))
define('exponential', distribution(C.FBL_RANDOM_EXPONENTIAL, real, 'num'))
define('geometric', distribution(C.FBL_RANDOM_GEOMETRIC, all, 'double', function(p)
  if p <= 0 or p >= 1 then raise('must be > 0 and < 1') end
end))

local bernoulli = distribution(C.FBL_RANDOM_BERNOULLI, all, 'double=0.5', probability)
local function bernoulli_of(t, generator, probabilities)
  if C.fbl_random_bernoulli(generator, t, probabilities) ~= 0 then fail() end
  return t
end
table.insert(bernoulli.both, { 'T!, G, F', bernoulli_of })
table.insert(bernoulli.both, { 'T!, G, D', bernoulli_of })
define('bernoulli', bernoulli)

local RANGE, INTEGER = C.FBL_RANDOM_RANGE, C.FBL_RANDOM_INTEGER

local function random_range(generator, a, b)
  if b < a then raise('upper bound must be larger than lower bound') end
  return C.fbl_random(generator, RANGE, a, b)
end

local function fill_range(t, generator, a, b)
  if C.fbl_random_fill(generator, RANGE, t, a, b) ~= 0 then fail() end
  return t
end

define('random', {
  types = all,
  both = {
    { 'G, long, long', random_range },
    { 'G, long', function(generator, b) return random_range(generator, 1, b) end },
    { 'G', function(generator) return C.fbl_random(generator, INTEGER, 0, 0) end },
    { 'T!, G, long, long', fill_range },
    { 'T!, G, long', function(t, generator, b) return fill_range(t, generator, 1, b) end },
    { 'T!, G', function(t, generator)
      if C.fbl_random_fill(generator, INTEGER, t, 0, 0) ~= 0 then fail() end
      return t
    end },
  },
})

for name, code in pairs { rand = C.FBL_RANDOM_UNIFORM, randn = C.FBL_RANDOM_NORMAL } do
  local function implementation(r, generator, ...)
    r:resize(...)
    if C.fbl_random_fill(generator, code, r, 0, 1) ~= 0 then fail() end
    return r
  end
  define(name, { types = real, func = { { 'T?, G, dims', implementation } }, method = { { 'T!, G, dims', implementation } } })
end

local function randperm(r, generator, n)
  if C.fbl_randperm(generator, r, n) ~= 0 then fail() end
  return tensors.charge(r)
end
define('randperm', { types = all, func = { { 'T?, G, long', randperm } }, method = { { 'T!, G, long', randperm } } })

local function multinomial(r, generator, probabilities, count, replacement)
  if C.fbl_multinomial(generator, r, probabilities, count, replacement and 1 or 0) ~= 0 then fail() end
  return tensors.charge(r)
end
define('multinomial', {
  types = real,
  func = { { 'L?, G, T, int, bool=false', multinomial } },
  method = { { 'L!, G, T, int, bool=false', multinomial } },
})

--------------------------------------------------------------------------------------------------
-- Draws from one distribution many times, by alias tables: J (a LongTensor, 1-based) and q

local function alias_setup(probabilities, j, q)
  if C.fbl_alias_setup(probabilities, j, q) ~= 0 then fail() end
  j:add(1)
  return j, q
end
define('multinomialAliasSetup_', {
  types = real,
  func = { { 'T, L?, T?', alias_setup } },
  method = { { 'T, L!, T!', alias_setup } },
})

local function alias_draw(output, generator, j, q)
  if C.fbl_alias_draw(generator, output, j, q) ~= 0 then fail() end
  return output
end
define('multinomialAlias_', { types = real, func = { { 'L?, G, L, T', alias_draw } }, method = { { 'L!, G, L, T', alias_draw } } })
-- Called on the LongTensor that it fills, and then with tables for doubles only.
local draw_into = overload.compile('multinomialAlias_', { { 'L!, G, L, D', alias_draw } }, require('torch.ctypes').codes.Long)

--- Alias tables of a vector of probabilities, new or in those of an earlier call.
-- @return `{J, q}`
function torch.multinomialAliasSetup(probabilities, state)
  if torch.type(state) == 'table' then
    state[1], state[2] = torch.multinomialAliasSetup_(probabilities, state[1], state[2])
    return state
  end
  return { torch.multinomialAliasSetup_(probabilities) }
end

--- Fills a LongTensor with draws from alias tables.
function torch.multinomialAlias(output, state)
  return draw_into(output, state[1], state[2])
end
