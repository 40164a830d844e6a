--- Names of library functions that scripts of Torch's days use under their Lua 5.0 or 5.2 name.
-- luacheck: globals table string math
table.unpack = table.unpack or unpack
string.gfind = string.gfind or string.gmatch
math.mod = math.mod or math.fmod
math.pow = math.pow or function(x, y) return x ^ y end
math.log10 = math.log10 or function(x) return math.log(x) / math.log(10) end
math.ldexp = math.ldexp or function(m, e) return m * 2 ^ e end
table.getn = table.getn or function(t) return #t end

--- Packs its arguments into a table with their number in field `n`.
table.pack = table.pack or function(...) return { n = select('#', ...), ... } end
