--- `torch.Tensor`, `torch.Storage`: aliases of the default type's classes.
local bridge = require 'bridge'
local torch = require 'torch.namespace'

--- Makes a class such as 'torch.FloatTensor' the default.
function torch.setdefaulttensortype(name)
  local kind = type(name) == 'string' and name:match('^torch%.(%a+)Tensor$')
  if not kind or not torch.getmetatable(name) then
    bridge.raise("<typename> expected: the name of a tensor class, such as 'torch.FloatTensor', got %s", tostring(name))
  end
  torch.Tensor = torch.getconstructortable(name)
  torch.Storage = torch.getconstructortable('torch.' .. kind .. 'Storage')
end

--- The class name behind `torch.Tensor`.
function torch.getdefaulttensortype() return torch.Tensor.__typename end

torch.setdefaulttensortype('torch.DoubleTensor')
