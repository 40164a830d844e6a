--- The `torch` package.
local torch = require 'torch.namespace'
_G.torch = torch
require 'paths'

local bridge = require 'bridge'
local ctypes = require 'torch.ctypes'
require 'torch.class'
require 'torch.storage'
local tensors = require 'torch.tensor.metatype'
for _, part in ipairs { 'geometry', 'views', 'indexing', 'convert', 'callbacks' } do require('torch.tensor.' .. part) end
require 'torch.generator'
require 'torch.default_type'
for _, part in ipairs {
  'pointwise', 'compare', 'reduce', 'blas', 'create', 'order', 'select', 'random', 'lapack', 'conv', 'operators',
} do
  require('torch.math.' .. part)
end
require 'torch.functions'
for _, part in ipairs {
  'storage_io', 'File', 'DiskFile', 'MemoryFile', 'PipeFile', 'serialization', 'utils', 'Timer', 'CmdLine', 'TestSuite', 'Tester',
} do
  require('torch.' .. part)
end

--- Address of a tensor's handle, for the Python side.
torch._address = ctypes.address
--- A tensor from a handle made on the Python side, which is consumed.
torch._wrap = ctypes.wrap
torch._bridge = bridge
torch._tensors = tensors

return torch
