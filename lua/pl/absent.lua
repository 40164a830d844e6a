--- Modules of Penlight that are not here: asking for one says so, and what serves in its place.
local INSTEAD = {
  Date = 'os.date and os.time, or the pure Lua file of Penlight on LUA_PATH',
  array2d = 'torch.Tensor, or pl.tablex on the rows',
  comprehension = 'pl.tablex.map and pl.tablex.filter',
  lexer = 'string.gmatch, or loadstring for Lua text',
  luabalanced = "string.match with '%b()'",
  permute = 'torch.randperm, or a recursive loop',
  sip = 'string.match with captures',
  url = "string.gsub with '%%(%x%x)'",
  xml = 'a Python parser, called beforehand',
}

return function(name)
  error(('pl.%s is not part of this Penlight; use %s'):format(name, INSTEAD[name]), 0)
end
