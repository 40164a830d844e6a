--- `torch.Tester`: assertions, and the runner of the tests that make them.
local torch = require 'torch.namespace'
local compare = require 'torch.compare'

local Tester = torch.class('torch.Tester')

function Tester:__init()
  self.tests = {}
  self.errors, self.warnings = {}, {}   -- texts for the end of the run
  self.disabledTests = {}
  self._outcomes = {}                   -- by test name; '' is for assertions outside of tests
  self._currentTestName = ''
  -- Old tests compare {{1}} with {1}: `assertTensorEq` lets them, with a warning.
  self._assertTensorEqIgnoresDims = true
end

--- Whether to stop at the first test that fails.
function Tester:setEarlyAbort(enabled) self.earlyAbort = enabled end

--- Whether errors in tests, and failures, are raised instead of collected.
function Tester:setRethrowErrors(enabled) self.rethrow = enabled end

--- Whether to leave out the texts of failures at the end.
function Tester:setSummaryOnly(enabled) self.summaryOnly = enabled end

--------------------------------------------------------------------------------------------------
-- Recording

function Tester:_outcome(name)
  name = name or self._currentTestName
  local outcome = self._outcomes[name]
  if not outcome then
    outcome = { passed = 0, failed = 0, errors = 0, warnings = 0 }
    self._outcomes[name] = outcome
  end
  return outcome
end

local own_folder = debug.getinfo(1, 'S').short_src:match('^(.*)Tester%.lua$') or ''

--- The test function's frame and the one above it, if any, out of a traceback.
local function test_frames()
  local lines = {}
  for line in (debug.traceback('', 2) .. '\n'):gmatch('([^\n]*)\n') do
    if line:find('xpcall', 1, true) then
      return table.concat(lines, '\n', math.max(1, #lines - 1))
    end
    local own = line:sub(2, #own_folder + 1) == own_folder and line:find('Tester%.lua:%d+:')
    if line ~= '' and not own then lines[#lines + 1] = line end
  end
  return ''
end

--- A message with the name of the test and the line that it comes from.
function Tester:_located(message)
  local name = self._currentTestName
  return (name ~= '' and name .. '\n' or '') .. message .. '\n' .. test_frames()
end

function Tester:_success()
  local outcome = self:_outcome()
  outcome.passed = outcome.passed + 1
  return true
end

function Tester:_failure(message)
  if self.rethrow then error(message, 2) end
  local outcome = self:_outcome()
  outcome.failed = outcome.failed + 1
  self.errors[#self.errors + 1] = self:_located(message)
  return false
end

function Tester:_warning(message)
  local outcome = self:_outcome()
  outcome.warnings = outcome.warnings + 1
  self.warnings[#self.warnings + 1] = self:_located(message)
end

--- Records a success or, with `message`, a failure; returns which.
function Tester:_assert_sub(condition, message)
  if condition then return self:_success() end
  return self:_failure(message)
end

--------------------------------------------------------------------------------------------------
-- Arguments of assertions

--- The optional message, as the first line of a failure's text.
local function message_of(...)
  local message, extra = ...
  if extra ~= nil then error('Unexpected arguments passed to test function', 3) end
  if message == nil then return '' end
  if type(message) ~= 'string' then error('message parameter must be a string', 3) end
  return message ~= '' and message .. '\n' or ''
end

--- The optional tolerance and message, in whichever order they come.
local function tolerance_and_message(default, ...)
  local tolerance, message
  for i = 1, select('#', ...) do
    local argument = (select(i, ...))
    if type(argument) == 'string' then
      if message then error('Unexpected string argument; already have message', 3) end
      message = argument .. '\n'
    elseif type(argument) == 'number' then
      if tolerance then error('Unexpected number argument; already have tolerance', 3) end
      if argument < 0 then error('tolerance cannot be negative', 3) end
      tolerance = argument
    elseif argument ~= nil then
      error('Unrecognized argument; should be a tolerance or message', 3)
    end
  end
  return tolerance or default, message or ''
end

--------------------------------------------------------------------------------------------------
-- Assertions

--- Asserts that a boolean is true.
function Tester:assert(condition, ...)
  if type(condition) ~= 'boolean' then
    self:_warning(' :assert should only be used for boolean conditions. To check for non-nil variables, do this '
      .. 'explicitly: Tester:assert(var ~= nil).')
  end
  return self:_assert_sub(condition, ('%sBOOL violation condition=%s'):format(message_of(...), tostring(condition)))
end

local function order_assertion(holds, text)
  return function(tester, a, b, ...)
    return tester:_assert_sub(holds(a, b), ('%s' .. text):format(message_of(...), tostring(a), tostring(b)))
  end
end

Tester.assertlt = order_assertion(function(a, b) return a < b end, 'LT failed: %s >= %s')
Tester.assertgt = order_assertion(function(a, b) return a > b end, 'GT failed: %s <= %s')
Tester.assertle = order_assertion(function(a, b) return a <= b end, 'LE failed: %s > %s')
Tester.assertge = order_assertion(function(a, b) return a >= b end, 'GE failed: %s < %s')
Tester.asserteq = order_assertion(function(a, b) return a == b end, 'EQ failed: %s ~= %s')

--- Asserts that Lua's `~=` holds.
function Tester:assertne(a, b, ...)
  local kind = type(a)
  if kind == type(b) and (kind == 'table' or kind == 'userdata') then
    self:_warning(' :assertne should only be used to compare basic lua objects (numbers, booleans, etc). Consider '
      .. 'using either :assertGeneralNe or :assert(a ~= b).')
  end
  return self:_assert_sub(a ~= b, ('%sNE failed: %s == %s'):format(message_of(...), tostring(a), tostring(b)))
end

--- Asserts that two numbers differ by at most a tolerance (1e-16).
function Tester:assertalmosteq(a, b, ...)
  local tolerance, message = tolerance_and_message(1e-16, ...)
  return self:_assert_sub(math.abs(a - b) <= tolerance, ('%sALMOST_EQ failed: %s ~= %s with tolerance=%s')
    :format(message, tostring(a), tostring(b), tostring(tolerance)))
end

function Tester:_assert_equality(expected_equal, message, equal, text_if_different, text_if_equal)
  local text = expected_equal and text_if_different or text_if_equal
  return self:_assert_sub(equal == expected_equal, message .. (text or ''))
end

local function equality_assertion(expected_equal, check)
  return function(tester, a, b, ...)
    if check then check(a, b) end
    local tolerance, message = tolerance_and_message(0, ...)
    return tester:_assert_equality(expected_equal, message, compare.values(a, b, tolerance))
  end
end

local function check_tables(a, b)
  if type(a) ~= 'table' then error('First argument should be a Table', 3) end
  if type(b) ~= 'table' then error('Second argument should be a Table', 3) end
end

Tester.assertGeneralEq, Tester.eq = equality_assertion(true), equality_assertion(true)
Tester.assertGeneralNe, Tester.ne = equality_assertion(false), equality_assertion(false)
Tester.assertTableEq = equality_assertion(true, check_tables)
Tester.assertTableNe = equality_assertion(false, check_tables)

local function tensor_assertion(expected_equal)
  return function(tester, a, b, ...)
    if not torch.isTensor(a) then error('First argument should be a Tensor', 2) end
    if not torch.isTensor(b) then error('Second argument should be a Tensor', 2) end
    local tolerance, message = tolerance_and_message(0, ...)
    local ignore_shape = tester._assertTensorEqIgnoresDims
    local equal, if_different, if_equal = compare.tensors(a, b, tolerance, ignore_shape)
    if ignore_shape and expected_equal and equal and not a:isSameSizeAs(b) then
      tester:_warning('Tensors have the same content but different dimensions. For backwards compatibility, they are '
        .. 'considered equal, but this may change in the future. Consider using :eq to check for equality instead.')
    end
    return tester:_assert_equality(expected_equal, message, equal, if_different, if_equal)
  end
end

Tester.assertTensorEq, Tester.assertTensorNe = tensor_assertion(true), tensor_assertion(false)

--- Asserts that a function returns without an error.
function Tester:assertNoError(func, ...)
  local message = message_of(...)
  local done, raised = pcall(func)
  return self:_assert_sub(done, ('%sERROR violation: err=%s'):format(message, tostring(raised)))
end

--- Asserts that a function raises an error for which `accepts(error)` is true.
function Tester:assertErrorObj(func, accepts, ...)
  local message = message_of(...)
  local done, raised = pcall(func)
  return self:_assert_sub(not done and accepts(raised), ('%sERROR violation: err=%s'):format(message, tostring(raised)))
end

--- Asserts that a function raises an error.
function Tester:assertError(func, ...)
  return self:assertErrorObj(func, function() return true end, ...)
end

--- Asserts that a function raises exactly this error.
function Tester:assertErrorMsg(func, expected, ...)
  return self:assertErrorObj(func, function(raised) return raised == expected end, ...)
end

--- Asserts that a function raises an error that contains a Lua pattern.
function Tester:assertErrorPattern(func, pattern, ...)
  return self:assertErrorObj(func, function(raised) return tostring(raised):find(pattern) ~= nil end, ...)
end

require 'torch.test_runner'

return Tester
