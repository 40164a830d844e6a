--- image.rotate: images turned about their centre.
local forms = require 'image.forms'
local planes = require 'image.planes'
local sampling = require 'image.sampling'

local single = planes.single

local function turned(source, destination, angle, rule, round)
  local _, height, width = planes.sizes(source)
  local centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
  angle = single(angle)
  local cosine, sine = round(math.cos(angle)), round(math.sin(angle))
  return sampling.image('rotate', source, destination, function(x, y)
    local dx, dy = x - centre_x, y - centre_y
    return round(round(round(cosine * dx) - round(sine * dy)) + centre_x),
      round(round(round(cosine * dy) + round(sine * dx)) + centre_y)
  end, rule)
end

local function exact(x) return x end

--- tensor.image.rotate(src, dst, angle)
function image._methods.rotate(source, destination, angle)
  return turned(source, destination, angle, sampling.nearest, single)
end

--- tensor.image.rotateBilinear(src, dst, angle)
function image._methods.rotateBilinear(source, destination, angle)
  return turned(source, destination, angle, sampling.half_outside_bilinear, exact)
end

--- image.rotate([dst,] src, angle[, mode]): counterclockwise by an angle in radians, in the same frame; corners without a
-- source are zero. mode is 'simple' (the default) or 'bilinear'.
function image.rotate(...)
  local destination, source, angle, mode = forms.destination_first('rotate', 1, ...)
  if type(angle) ~= 'number' then forms.raise('rotate', 'incorrect arguments: an angle expected, got %s', torch.type(angle)) end
  mode = forms.choose('rotate', 'mode', mode or 'simple', { 'simple', 'bilinear' })
  if destination and destination:nElement() > 0 and torch.pointer(destination:storage()) == torch.pointer(source:storage()) then
    forms.raise('rotate', 'in-place rotate not supported')
  end
  destination = (destination or source.new()):resizeAs(source)
  return image._methods[mode == 'simple' and 'rotate' or 'rotateBilinear'](source, destination, angle)
end
