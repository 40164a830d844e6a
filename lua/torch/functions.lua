--- `torch.NAME` for methods that also exist as functions, questions about values, threads.
local bridge = require 'bridge'
local torch = require 'torch.namespace'
local ctypes = require 'torch.ctypes'
local shape = require 'torch.shape'
local tensors = require 'torch.tensor.metatype'

local C = bridge.C

for _, name in ipairs { 'expand', 'expandAs', 'repeatTensor', 'view', 'viewAs', 'split', 'chunk', 'totable', 'permute', 'cdata', 'data' } do
  torch[name] = function(first, second, ...)
    local tensor = ctypes.is_tensor(first) and first or second
    if not ctypes.is_tensor(tensor) then bridge.raise("bad argument #1 to '%s' (tensor expected, got %s)", name, torch.type(first)) end
    return tensor[name](first, second, ...)
  end
end

--- Whether a value is a tensor of any class.
function torch.isTensor(value) return ctypes.is_tensor(value) end
tensors.each(function(metatable) metatable.isTensor = torch.isTensor end)

--- Whether a value is a storage of any class.
function torch.isStorage(value) return ctypes.is_storage(value) end

--- `2x3`: a tensor's sizes, for messages.
torch.describe = shape.describe

--- Threads that operators may use.
function torch.setnumthreads(count) C.fbl_set_num_threads(count) end

function torch.getnumthreads() return C.fbl_get_num_threads() end
