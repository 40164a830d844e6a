--- `torch.TestSuite()`: a table of tests that refuses a second test of the same name.
local torch = require 'torch.namespace'
local errors = require 'torch.errors'

local function define(suite, name, test)
  local tests = rawget(suite, '__tests')
  if tests[name] ~= nil then errors.raise('Test %s is already defined.', tostring(name)) end
  if type(test) == 'table' then errors.raise('Nested tables of tests are not supported') end
  if type(test) ~= 'function' then errors.raise('Only functions are supported as members of a TestSuite') end
  tests[name] = test
end

local behaviour = {
  __newindex = define,
  __index = function(suite, name) return rawget(suite, '__tests')[name] end,
}

--- Makes an empty suite. Its tests are kept aside, so that each definition is seen as a new one.
function torch.TestSuite()
  return setmetatable({ __tests = {}, __isTestSuite = true }, behaviour)
end

return torch.TestSuite
