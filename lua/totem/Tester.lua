--- totem.Tester: a torch.Tester that reads the command line, and runs test files.
local torch = require 'torch'

local Tester, Parent = torch.class('totem.Tester', 'torch.Tester', {})

local USAGE = [[
Run tests

Usage:

  %s [options] [test1 [test2...] ]

Options:

  --list           print the names of the tests instead of running them
  --log-output F   write a line per test to file F: name, assertions that passed, that failed, errors
  --no-colour      no colours
  --summary        print only which tests pass and fail
  --full-tensors   print tensors in full
  --early-abort    stop at the first failure
  --rethrow        raise failures as errors
]]

local FLAGS = { list = true, ['no-colour'] = true, summary = true, ['full-tensors'] = true, ['early-abort'] = true, rethrow = true }

-- Options of the command line and the names of tests on it.
local function command_line(words)
  local options, names, i = {}, {}, 1
  while words[i] do
    local option = words[i]:match '^%-%-(.+)$'
    if option == 'help' then
      io.write(USAGE:format(words[0] or 'test.lua'))
      os.exit(0)
    elseif option == 'log-output' then
      i = i + 1
      options.log = words[i] or error('--log-output: a file name is expected', 0)
    elseif option and FLAGS[option] then
      options[option] = true
    elseif option then
      error(('unknown option --%s; --help lists the options'):format(option), 0)
    else
      names[#names + 1] = words[i]
    end
    i = i + 1
  end
  return options, names
end

function Tester:__init()
  Parent.__init(self)
  self._assertTensorEqIgnoresDims = false -- totem never let {{1}} pass for {1}
end

local function storage_assertion(method)
  return function(self, a, b, ...)
    if not torch.isStorage(a) then error('First argument should be a Storage', 2) end
    if not torch.isStorage(b) then error('Second argument should be a Storage', 2) end
    return Parent[method](self, a, b, ...)
  end
end

Tester.assertStorageEq, Tester.assertStorageNe = storage_assertion 'eq', storage_assertion 'ne'

-- eq(a, b, message, tolerance, silent): when `silent` the answer is returned and nothing is asserted.
local function general_assertion(method)
  return function(self, a, b, message, tolerance, silent)
    if not silent then return Parent[method](self, a, b, message, tolerance) end
    local judge = torch.Tester()
    judge._success = function() return true end
    judge._failure = function() return false end
    return Parent[method](judge, a, b, message, tolerance)
  end
end

Tester.eq, Tester.ne = general_assertion 'eq', general_assertion 'ne'

-- A test that runs a test file, which finds nothing on its command line.
local function file_test(self, path)
  return function()
    local arguments = rawget(_G, 'arg')
    rawset(_G, 'arg', { [0] = path })
    local ok, message = pcall(dofile, path)
    rawset(_G, 'arg', arguments)
    self:assert(ok, ('tests in %s failed: %s'):format(path, tostring(message)))
  end
end

--- Adds a test function, a suite, or a file that ends in `return tester:add(suite):run()`.
function Tester:add(tests, name)
  if type(tests) == 'string' then return Parent.add(self, file_test(self, tests), name or tests) end
  return Parent.add(self, tests, name)
end

local function all_names(self)
  local names = {}
  for name in pairs(self.tests) do names[#names + 1] = tostring(name) end
  table.sort(names)
  return names
end

local function write_log(self, path)
  local file = assert(io.open(path, 'w'))
  for _, name in ipairs(all_names(self)) do
    local outcome = self:_outcome(name)
    file:write(('%s %d %d %d\n'):format(name, outcome.passed, outcome.failed, outcome.errors))
  end
  file:close()
end

--- Runs the tests named on the command line, or the given ones, or all: true, or an error when one fails.
function Tester:run(tests)
  local options, names = command_line(rawget(_G, 'arg') or {})
  if options.list then
    for _, name in ipairs(all_names(self)) do print(name) end
    return true
  end
  if options.summary then self:setSummaryOnly(true) end
  if options['early-abort'] then self:setEarlyAbort(true) end
  if options.rethrow then self:setRethrowErrors(true) end
  if tests == nil and #names > 0 then tests = names end
  local ok, failure = pcall(Parent.run, self, tests)
  if options.log then write_log(self, options.log) end
  if not ok then error(failure, 0) end
  return true
end

return torch.getconstructortable 'totem.Tester'
