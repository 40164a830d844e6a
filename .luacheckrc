std = "luajit"
max_line_length = 140
codes = true
-- What `require 'torch'`, `require 'nn'` and the others define for every script, as the originals did.
globals = { "torch", "nn", "optim", "paths", "xlua", "sys", "class", "graph", "nngraph", "image", "arg", "type" }
read_globals = { "include", "__len", table = { fields = { "pack", "unpack" } }, string = { fields = { "gfind" } } }
-- Methods that do not use self, and callbacks that take more than they use.
self = false
ignore = { "212/_.*", "212/self" }
files["legacy_examples"] = { std = "+luajit", allow_defined_top = true, ignore = { "111", "112", "113", "131", "2..", "6.." } }
-- These packages extend Lua's own libraries, as the originals did.
for _, folder in ipairs { "lua/xlua", "lua/compat", "lua/nn", "lua/torch", "lua/trepl", "lua/pl", "lua/sys", "lua/paths" } do
  files[folder] = { ignore = { "122", "142", "143" } }
end
