--- totem: torch.Tester under its older name, with command line options, set-up functions and checks of nn modules.
local torch = require 'torch'

local totem = {
  Tester = require 'totem.Tester',
  TestSuite = torch.TestSuite,
}
rawset(_G, 'totem', totem)

local function compare(method)
  return function(a, b, ...)
    local tolerance = ...
    if not torch.isTensor(a) then error('First argument should be a Tensor', 2) end
    if not torch.isTensor(b) then error('Second argument should be a Tensor', 2) end
    if tolerance ~= nil and type(tolerance) ~= 'number' then
      error('Third argument should be a number describing a tolerance for equality for a single element', 2)
    end
    local tester = totem.Tester()
    tester._success = function() return true end
    tester._failure = function(_, message) return false, message end
    return tester[method](tester, a, b, ...)
  end
end

--- Whether two tensors have the same type, size and values within a tolerance; the message says what differs.
totem.areTensorsEq = compare 'assertTensorEq'
totem.areTensorsNe = compare 'assertTensorNe'

local function insist(test)
  return function(a, b, ...)
    local ok, message = test(a, b, ...)
    if not ok then error(message or 'assertion failed', 2) end
  end
end

--- As above, but what differs is an error.
totem.assertTensorEq = insist(totem.areTensorsEq)
totem.assertTensorNe = insist(totem.areTensorsNe)

-- Checks of modules need nn, which a script may not have loaded.
return setmetatable(totem, {
  __index = function(t, name)
    if name ~= 'nn' then return nil end
    local checks = require 'totem.nn'
    rawset(t, 'nn', checks)
    return checks
  end,
})
