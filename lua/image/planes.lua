--- Images as the loops of this package see them: contiguous planes of doubles, whatever class and layout the tensor has.
local ffi = require 'ffi'
local forms = require 'image.forms'
local C = require('bridge').C

local planes = {}

local store = ffi.new('float[1]')

--- A number as single precision holds it. Coordinates were computed so, and places of pixels depend on it.
function planes.single(x)
  store[0] = x
  return store[0]
end

--- The pixels of an image of two or three dimensions: a DoubleTensor of three that must not be written to, its data,
-- and its sizes.
function planes.read(name, source)
  local dimensions = source:dim()
  if dimensions ~= 2 and dimensions ~= 3 then
    forms.raise(name, 'an image of 2 or 3 dimensions expected, got %d', dimensions)
  end
  local values = source:double():contiguous()
  if dimensions == 2 then values = values:view(1, values:size(1), values:size(2)) end
  C.fbl_replace_nans(C.FBL_DOUBLE, values:data(), values:nElement())
  return values, values:data(), values:size(1), values:size(2), values:size(3)
end

--- New pixels: a DoubleTensor and its data.
function planes.new(channels, height, width)
  local values = torch.DoubleTensor(channels, height, width)
  return values, values:data()
end

--- Rounds values, in place, to those that a class of tensors holds. Bytes are rounded to the nearest, other integers
-- towards zero.
function planes.settle(values, class)
  if class == 'torch.ByteTensor' then
    values:add(0.5):clamp(0, 255):floor()
  elseif class ~= 'torch.DoubleTensor' then
    values:copy(values:type(class))
  end
  return values
end

--- Writes values into an image of the same number of elements.
function planes.write(image, values)
  if image:type() == 'torch.ByteTensor' then planes.settle(values, 'torch.ByteTensor') end
  image:copy(values)
  return image
end

--- Sizes of an image: channels (1 for two dimensions), height, width.
function planes.sizes(image)
  local dimensions = image:dim()
  if dimensions == 2 then return 1, image:size(1), image:size(2) end
  return image:size(1), image:size(dimensions - 1), image:size(dimensions)
end

--- A new image of the class and number of dimensions of another, with other sizes.
function planes.like(image, height, width)
  if image:dim() == 2 then return image.new(height, width) end
  return image.new(image:size(1), height, width)
end

return planes
