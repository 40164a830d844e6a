--- Errors raised inside nested modules, decorated with the path of modules that leads to them.
local locate = {}

local notice = "WARNING: If you see a stack trace below, it doesn't point to the place where this error occurred. "
  .. 'Please use only the one above.'

--- Runs where the error was raised: keeps the stack of that place, once.
local function with_traceback(message)
  if type(message) ~= 'string' then message = tostring(message) end
  if message:find(notice, 1, true) then return message end
  return ('%s\n%s\n\n%s'):format(message, debug.traceback('', 2), notice)
end

local function finish(container, index, ok, result)
  if ok then return result end
  error(('\nIn %d module of %s:\n%s'):format(index, torch.type(container), (result:gsub('^\n', ''))), 0)
end

--- fn(…), which runs child `index` of `container`; returns its first result.
function locate.call(container, index, fn, ...)
  return finish(container, index, xpcall(fn, with_traceback, ...))
end

return locate
