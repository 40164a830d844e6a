--- The half of `torch.Tester` that holds tests and runs them.
local torch = require 'torch.namespace'
local report = require 'torch.test_report'

local Tester = torch.getmetatable('torch.Tester')

-- Functions of these names are called around every test: the field that holds them, what errors call them.
local fixtures = { _setUp = 'set-up', _tearDown = 'tear-down' }

--- Adds a test function under a name, or all tests of a TestSuite (or table).
function Tester:add(tests, name)
  if type(tests) == 'table' then
    if name ~= nil then error('Name parameter is forbidden for a table of tests, since its use is ambiguous', 2) end
    if tests.__isTestSuite then
      tests = tests.__tests
    else
      self:_warning('Should use TestSuite rather than plain lua table')
    end
    for key, test in pairs(tests) do
      if type(test) == 'table' then error('Nested sets of tests are not supported', 2) end
      self:add(test, key)
    end
    return self
  end
  if type(tests) ~= 'function' then error('Only tables of functions and functions supported', 2) end
  if fixtures[name] then
    if rawget(self, name) then error(('Only one %s function allowed'):format(fixtures[name]), 2) end
    rawset(self, name, tests)
    return self
  end
  name = name or 'unknown'
  if self.tests[name] ~= nil then error('Test with name ' .. tostring(name) .. ' already exists!', 2) end
  self.tests[name] = tests
  return self
end

--- Leaves tests out of runs.
-- @param names a name, or a table of names
function Tester:disable(names)
  if type(names) == 'string' then names = { names } end
  if type(names) ~= 'table' then error('Expecting name or list for disable', 2) end
  for _, name in ipairs(names) do
    if not self.tests[name] then error(("Unrecognized test '%s'"):format(tostring(name)), 2) end
    self.disabledTests[name] = true
  end
  return self
end

--- The tests whose names match one of the patterns; all tests without patterns.
function Tester:_select(patterns)
  if patterns == nil then return self.tests end
  if type(patterns) == 'string' then patterns = { patterns } end
  if type(patterns) ~= 'table' then
    error('Only accept a name or table of test names (or nil for all tests)', 3)
  end
  local selected = {}
  for _, pattern in ipairs(patterns) do
    local found = false
    for name, test in pairs(self.tests) do
      if tostring(name):match(pattern) then
        selected[name], found = test, true
      end
    end
    if not found then error(("Couldn't find test '%s'"):format(pattern), 3) end
  end
  return selected
end

--- Calls a test; returns its status.
function Tester:_call(name, test)
  if self.disabledTests[name] then return 'SKIP' end
  local set_up, tear_down = rawget(self, '_setUp'), rawget(self, '_tearDown')
  if set_up then set_up(name) end
  local errors_before = #self.errors
  local done, raised = true, nil
  if self.rethrow then test() else done, raised = xpcall(test, debug.traceback) end
  if tear_down then tear_down(name) end
  if not done then
    self.errors[#self.errors + 1] = ('%s\n Function call failed\n%s\n'):format(tostring(name), tostring(raised))
    self:_outcome(name).errors = 1
    return 'ERROR'
  end
  return #self.errors == errors_before and 'PASS' or 'FAIL'
end

function Tester:_summarize(tests)
  local counts = { asserts = 0, tests = 0, failures = 0, errors = 0, warnings = 0, disabled = 0 }
  for name in pairs(tests) do
    local outcome = self:_outcome(name)
    counts.tests = counts.tests + 1
    counts.asserts = counts.asserts + outcome.passed + outcome.failed
    for count, happened in pairs {
      failures = outcome.failed > 0, errors = outcome.errors > 0, warnings = outcome.warnings > 0,
      disabled = self.disabledTests[name],
    } do
      if happened then counts[count] = counts[count] + 1 end
    end
  end
  -- Warnings raised while tests were added belong to no test.
  counts.warnings = counts.warnings + self:_outcome('').warnings
  self.countasserts = counts.asserts
  return counts
end

--- Runs tests and prints how they did. Raises an error when one failed.
-- @param patterns Lua pattern of test names, or a table of patterns; all tests when left out
-- @return 0
function Tester:run(patterns)
  local tests = self:_select(patterns)
  local total = 0
  for name in pairs(tests) do
    total = total + 1
    self._outcomes[name] = nil
  end

  local announce = report.start(total)
  local position = 0
  for name, test in pairs(tests) do
    position = position + 1
    self._currentTestName = name
    local finish = announce(position, name)
    local status = self:_call(name, test)
    finish(status, status == 'PASS' and self:_outcome(name).warnings > 0)
    if self.earlyAbort and position < total and (status == 'FAIL' or status == 'ERROR') then
      report.aborted()
      break
    end
    -- What a test leaves behind must not slow down, or hide in, the next.
    collectgarbage()
  end

  local counts = self:_summarize(tests)
  report.summary(counts)
  if not self.summaryOnly then
    local texts = {}
    for _, list in ipairs { self.errors, self.warnings } do
      for _, text in ipairs(list) do texts[#texts + 1] = text end
    end
    report.sections(texts)
  end
  if counts.failures + counts.errors > 0 then error('An error was found while running tests!', 2) end
  return 0
end

return Tester
