--- image.hflip, image.vflip, image.flip: mirror images.
local bridge = require 'bridge'
local forms = require 'image.forms'

local function mirrored(source, destination, dimension)
  local values = bridge.aten.flip(source, { dimension - 1 })
  return (destination or source.new()):resizeAs(source):copy(values)
end

--- image.hflip([dst,] src): left and right exchanged. The destination may be the image itself.
function image.hflip(...)
  local destination, source = forms.destination_first('hflip', 1, ...)
  return mirrored(source, destination, source:dim())
end

--- image.vflip([dst,] src): top and bottom exchanged. The destination may be the image itself.
function image.vflip(...)
  local destination, source = forms.destination_first('vflip', 1, ...)
  return mirrored(source, destination, source:dim() - 1)
end

--- image.flip([dst,] src, dimension)
function image.flip(...)
  local destination, source, dimension = forms.destination_first('flip', 1, ...)
  if type(dimension) ~= 'number' or dimension < 1 or dimension > source:dim() then
    forms.raise('flip', 'Bad flip dimension %s of an image of %d dimensions', tostring(dimension), source:dim())
  end
  return mirrored(source, destination, dimension)
end

function image._methods.hflip(destination, source) return image.hflip(destination, source) end
function image._methods.vflip(destination, source) return image.vflip(destination, source) end
function image._methods.flip(destination, source, dimension) return image.flip(destination, source, dimension) end
