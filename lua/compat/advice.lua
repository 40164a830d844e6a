--- The last of `require`'s searchers finds nothing: it adds to the error what can be done about the missing package.
local GPU = 'there is no GPU side for Lua: choose the CPU in the options of the script (-gpu -1, -gpuid -1, …), or port the '
  .. 'model to PyTorch with fbcunn port'
local WINDOWS = 'there are no windows: image.display and gnuplot write files'
local COMPILED = 'it is made of C code for Lua Torch, which cannot be loaded; '
local DATA = COMPILED .. 'prepare the data with Python, and save them as .t7 or .h5'

local ADVICE = {
  loadcaffe = COMPILED .. 'convert the Caffe model into a .t7 file once',
  socket = "there is no network: use os.execute 'curl …'",
  itorch = 'call Lua from a Python notebook, through pytorch_fbcunn_compat.LuaRuntime',
  async = 'there is no event loop; use threads',
}
for text, names in pairs {
  [GPU] = 'cutorch cunn cudnn cunnx cltorch clnn fbcunn ccn2 nccl',
  [WINDOWS] = 'qt qtcore qtgui qtwidget qttorch qtuiloader display camera gfx',
  [DATA] = 'audio signal ffmpeg graphicsmagick gm lmdb cv vips',
  [COMPILED .. 'use torch.random, torch.randn and their like'] = 'randomkit cephes',
  [COMPILED .. 'use threads, or a process of its own'] = 'zmq lzmq parallel posix',
} do
  for name in names:gmatch '%S+' do ADVICE[name] = text end
end

local PLAIN = 'packages in plain Lua work: put %s.lua, or a folder %s with its files, into a folder of LUA_PATH or into '
  .. '~/.luarocks/share/lua/5.1 (luarocks install --local %s does)'

local function advise(name)
  local root = name:match '^[^./]+'
  if not root then return nil end
  return '\n\t' .. (ADVICE[root] or PLAIN:format(root, root, root))
end

package.loaders[#package.loaders + 1] = advise

return advise
