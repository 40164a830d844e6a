--- merge(accumulated, gradient, first): adds a branch's input gradient (tensor or nested table) to what earlier branches gave.
-- The first branch replaces the contents of `accumulated`, whose tensors keep their identity where the nesting allows.
local utils = require 'nn.utils'

return function(accumulated, gradient, first)
  if type(gradient) ~= 'table' then
    if type(accumulated) == 'table' then accumulated = gradient.new() end
    if first then return accumulated:resizeAs(gradient):copy(gradient) end
    return accumulated:add(gradient)
  end
  if type(accumulated) ~= 'table' then accumulated = {} end
  return (first and utils.recursiveCopy or utils.recursiveAdd)(accumulated, gradient)
end
