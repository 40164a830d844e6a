--- The optim package: optimisers of the form `x, fs = optim.method(opfunc, x[, config[, state]])`, and tools for training.
-- opfunc(x) returns f(x) and df/dx; x is updated in place. Without `state` the config table also keeps the state.
require 'torch'

local methods = 'sgd adam adamax adadelta adagrad asgd rprop rmsprop nag cg lbfgs lswolfe polyinterp de cmaes checkgrad'
local classes = 'ConfusionMatrix Logger'

local files = { FistaLS = 'optim.fista' }
for name in (methods .. ' ' .. classes):gmatch('%S+') do files[name] = 'optim.' .. name end

local optim = _G.optim or {}
_G.optim = optim

-- A method is read from its file when it is first asked for; files of classes put themselves into the table.
local function load_on_demand(package, name)
  local file = files[name]
  if not file then return nil end
  files[name] = nil
  local value = require(file)
  if rawget(package, name) == nil then rawset(package, name, value) end
  return rawget(package, name)
end

setmetatable(optim, {
  __index = load_on_demand,
  __pairs = function(package)
    for name in pairs(files) do load_on_demand(package, name) end
    return next, package, nil
  end,
})

torch._autoload('optim', function(name) return optim[name] end)

return optim
