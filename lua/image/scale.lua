--- image.scale: images of another size.
local forms = require 'image.forms'
local planes = require 'image.planes'
local resample = require 'image.resample'

local modes = { 'simple', 'bicubic', 'bilinear' }

local function resize_with(mode)
  return function(source, destination)
    if source:dim() ~= destination:dim() or planes.sizes(source) ~= planes.sizes(destination) then
      forms.raise('scale', 'src and dst depths do not match')
    end
    return resample.image('scale', source, destination, resample[mode])
  end
end

image._methods.scaleSimple = resize_with('simple')
image._methods.scaleBilinear = resize_with('bilinear')
image._methods.scaleBicubic = resize_with('bicubic')

local kernels = { simple = 'scaleSimple', bilinear = 'scaleBilinear', bicubic = 'scaleBicubic' }

--- Width and height that a size stands for: N for the larger side, "WxH", "^N" for the smaller side, "*F", "*A/B".
local function sizes_from(size, width, height)
  local function scaled(factor) return width * factor, height * factor end
  if tonumber(size) then return scaled(tonumber(size) / math.max(width, height)) end
  local w, h = size:match('(%d+)x(%d+)')
  if w then return tonumber(w), tonumber(h) end
  local smaller = size:match('%^(%d+)')
  if smaller then return scaled(tonumber(smaller) / math.min(width, height)) end
  local over, under = size:match('%*(%d+)/(%d+)')
  if over then return scaled(over / under) end
  local factor = tonumber(size:match('%*(.+)'))
  if factor then return scaled(factor) end
  forms.raise('scale', 'could not find valid dest size in "%s"', size)
end

local function resized(destination, source, mode)
  mode = forms.choose('scale', 'mode', mode or 'bilinear', modes)
  return image._methods[kernels[mode]](source, destination)
end

--- image.scale(src, width, height[, mode]), image.scale(src, size[, mode]), image.scale(dst, src[, mode]):
-- mode is 'bilinear' (the default; averages where the result is smaller), 'bicubic' or 'simple'.
function image.scale(first, second, third, fourth)
  if not torch.isTensor(first) then
    forms.raise('scale', 'incorrect arguments: an image expected first, got %s', torch.type(first))
  end
  if torch.isTensor(second) then return resized(first, second, third) end
  local source, width, height, mode = first, second, third, fourth
  if type(third) ~= 'number' then
    if type(second) ~= 'number' and type(second) ~= 'string' then
      forms.raise('scale', 'incorrect arguments: a size expected, got %s', torch.type(second))
    end
    local _, old_height, old_width = planes.sizes(source)
    width, height = sizes_from(second, old_width, old_height)
    mode = third
  end
  local function pixels(size) return math.floor(math.max(size, 1)) end
  return resized(planes.like(source, pixels(height), pixels(width)), source, mode)
end
