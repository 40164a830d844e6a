--- image.minmax: images scaled to values from 0 to 1.
local forms = require 'image.forms'

--- tensor.image.saturate(image): cut off below 0 and above 1, in place.
function image._methods.saturate(values)
  if values:type() == 'torch.ByteTensor' then return values end
  return values:clamp(0, 1)
end

--- image.minmax{tensor = …, min = …, max = …, symm = false, inplace = false, saturate = false, tensorOut = …}: what was
-- min becomes 0 and max becomes 1. They are those of the image where not given; symm takes the larger magnitude on both
-- sides. saturate cuts off what given bounds leave outside.
function image.minmax(arguments)
  local source = arguments.tensor
  if not torch.isTensor(source) then forms.raise('minmax', 'missing argument: tensor') end
  local result
  if arguments.tensorOut then
    result = arguments.tensorOut:resize(source:size()):copy(source)
  else
    result = arguments.inplace and source or torch.Tensor(source:size()):copy(source)
  end
  local low, high = arguments.min, arguments.max
  local bounded = low ~= nil or high ~= nil
  local magnitude = arguments.symm and math.max(math.abs(result:min()), math.abs(result:max()))
  if not low then low = magnitude and -magnitude or result:min() end
  if low ~= 0 then result:add(-low) end
  local range = high and high - low or magnitude and 2 * magnitude or result:max()
  if range ~= 0 then result:div(range) end
  if arguments.saturate and bounded then image._methods.saturate(result) end
  return result
end
