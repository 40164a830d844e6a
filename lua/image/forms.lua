--- Forms in which the package's functions are called.
local forms = {}

--- Raises an error of `image.NAME` at the line that called it.
function forms.raise(name, message, ...)
  if select('#', ...) > 0 then message = message:format(...) end
  local level = 2
  while true do
    local info = debug.getinfo(level, 'S')
    if not info or not info.source:find('/image/[%w_]+%.lua$') then break end
    level = level + 1
  end
  error(('image.%s: %s'):format(name, message), level)
end

--- Separates an optional destination, which stands before the sources, from the other arguments.
-- @param sources how many tensors the function works on
-- @return the destination or nil, then the sources and all that follows them
function forms.destination_first(name, sources, ...)
  local leading = 0
  while torch.isTensor((select(leading + 1, ...))) do leading = leading + 1 end
  if leading == sources then return nil, ... end
  if leading == 0 and ... == nil and torch.isTensor((select(2, ...))) then return ... end
  if leading == sources + 1 then return ... end
  forms.raise(name, 'incorrect arguments: %s expected, optionally after the destination, got %d tensors',
    sources == 1 and 'an image' or sources .. ' tensors', leading)
end

--- Values of arguments given by position, or by name in a single table (which is not a list of images).
-- @param specification list of {name, default}; a default that is a function gets the values so far
function forms.named(name, specification, ...)
  local given = ...
  local values = {}
  local by_name = select('#', ...) == 1 and type(given) == 'table' and not torch.isTensor(given[1])
  for i, entry in ipairs(specification) do
    local value
    if by_name then value = given[entry[1]] else value = select(i, ...) end
    if value == nil then
      local default = entry[2]
      if type(default) == 'function' then value = default(values) else value = default end
    end
    if value == nil and entry.required then forms.raise(name, 'missing argument: %s', entry[1]) end
    values[entry[1]] = value
  end
  return values
end

--- Raises unless the value is one of the words.
function forms.choose(name, what, value, words)
  for _, word in ipairs(words) do
    if value == word then return value end
  end
  forms.raise(name, '%s must be one of: %s, got %s', what, table.concat(words, ' | '), tostring(value))
end

return forms
