--- Where in the user's program something happens: the innermost frame outside the packages that nngraph is made of.
local place = {}

local own = debug.getinfo(1, 'S').source:match('^@(.*)nngraph/place%.lua$') or ''
local own_folders = { own .. 'nngraph/', own .. 'graph/', own .. 'torch/', own .. 'compat/' }

local function is_own(source)
  for _, folder in ipairs(own_folders) do
    if source:sub(2, #folder + 1) == folder then return true end
  end
  return false
end

--- The frame's level, as error takes it from the calling function, and its debug.getinfo.
function place.outside()
  local level = 2
  while true do
    local info = debug.getinfo(level, 'Sl')
    if not info then return 0 end
    if info.what ~= 'C' and not is_own(info.source) then return level - 1, info end
    level = level + 1
  end
end

--- `[file]:line` of the frame.
function place.text()
  local _, info = place.outside()
  return info and ('[%s]:%d'):format(info.short_src, info.currentline) or '[?]:-1'
end

--- Raises a message (with format arguments) at the frame.
function place.raise(message, ...)
  if select('#', ...) > 0 then message = message:format(...) end
  error(message, (place.outside()))
end

return place
