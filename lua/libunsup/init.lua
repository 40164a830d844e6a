--- libunsup: what the package unsup had in C: a method of tensors, and the global table that its classes go into. Its
-- other files are Lua and run as they are.
require 'torch'

local unsup = rawget(_G, 'unsup') or {}
rawset(_G, 'unsup', unsup)

--- tensor:shrinkage(lambda): moves each element towards 0 by lambda (>= 0), in place; returns lambda, as ever.
local function shrinkage(tensor, lambda)
  lambda = tonumber(lambda)
  if not lambda then error("bad argument #2 to 'shrinkage' (number expected)", 2) end
  if lambda < 0 then error("bad argument #2 to 'shrinkage' (Lambda should be non-negative)", 2) end
  if lambda > 0 then
    local kept = torch.abs(tensor):add(-lambda):cmax(0)
    tensor:sign():cmul(kept)
  end
  return lambda
end

for _, name in ipairs { 'torch.FloatTensor', 'torch.DoubleTensor' } do
  torch.getmetatable(name).shrinkage = shrinkage
end

return unsup
