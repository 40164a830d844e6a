--- Errors that point at the script's line instead of a line of this package.
local raise = require('bridge').raise

local errors = {}

--- Raises a message (with format arguments) at the user's line.
errors.raise = raise

--- Raises Lua's own text for a wrong argument.
function errors.argument(position, func, message, ...)
  if select('#', ...) > 0 then message = message:format(...) end
  raise("bad argument #%d to '%s' (%s)", position, func, message)
end

--- Raises Lua's own text for an argument of the wrong type.
function errors.argument_type(position, func, expected, value)
  errors.argument(position, func, '%s expected, got %s', expected, value == nil and 'no value' or type(value))
end

return errors
