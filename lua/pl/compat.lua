--- Differences between Lua versions and systems; here the answers are LuaJIT's.
local compat = {
  lua51 = true,
  jit = true,
  jit52 = require('compat').native,
  dir_separator = package.config:sub(1, 1),
}
compat.is_windows = compat.dir_separator == '\\'

compat.load = load
compat.setfenv = setfenv
compat.getfenv = getfenv
compat.unpack = table.unpack
compat.pack = table.pack
compat.package_searchpath = package.searchpath

--- Runs a shell command: whether it succeeded, and its exit status.
function compat.execute(command)
  local ok, _, status = os.execute(command)
  return ok == true, status
end

return compat
