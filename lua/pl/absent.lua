--- Modules of Penlight that are not here: asking for one says so, and what serves in its place.
local INSTEAD = {
  Date = 'os.date and os.time, or the pure Lua file of Penlight on LUA_PATH',
  luabalanced = "string.match with '%b()'",
  xml = 'a Python parser, called beforehand',
}

return function(name)
  error(('pl.%s is not part of this Penlight; use %s'):format(name, INSTEAD[name]), 0)
end
