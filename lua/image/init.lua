--- The image package: image files, geometry, filters, colours and drawing on tensors.
-- An image is a tensor of channels x height x width, or height x width; values lie between 0 and 1, in ByteTensors between
-- 0 and 255. Coordinates of pixels count from 0. Most functions take the result as an optional first argument.
require 'torch'
require 'sys'
require 'paths'
require 'dok'
require 'xlua'

local image = _G.image or {}
_G.image = image

-- Each entry of `methods` is also a function of the table tensor.image, where scripts find what was a C function.
image._methods = {}

for _, part in ipairs {
  'files', 'samples', 'crop', 'scale', 'rotate', 'polar', 'warp', 'flip', 'colour', 'colourmaps', 'kernels', 'convolve',
  'morphology', 'minmax', 'draw', 'display', 'methods',
} do
  require('image.' .. part)
end

return image
