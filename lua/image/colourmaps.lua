--- Colours for numbers: image.colormap, image.jetColormap, image.y2jet.
local forms = require 'image.forms'
local planes = require 'image.planes'

local HUE_STEP, SATURATION_STEP = 39, 1 / 9

--- image.colormap(n): n x 3 colours that differ from their neighbours in hue and saturation.
function image.colormap(count)
  local map = torch.Tensor(count, 3)
  for i = 1, count do
    local saturation = math.fmod((i - 1) * SATURATION_STEP, 0.7) + 0.3
    local sector = math.fmod((i - 1) * HUE_STEP, 360) / 60
    for channel, centre in ipairs { 0, 2, 4 } do
      -- Each component is full within one sector of its centre, absent beyond two, and in between falls off.
      local distance = math.abs(sector - centre)
      if distance > 3 then distance = 6 - distance end
      local share = math.max(0, math.min(1, 2 - distance))
      map[i][channel] = 0.5 + (share - 0.5) * saturation
    end
  end
  return map
end

--- image.jetColormap(n): n x 3 colours from blue through green to red.
function image.jetColormap(count)
  local map = torch.Tensor(count, 3)
  for i = 1, count do
    for channel = 1, 3 do
      local height = 1.5 - math.abs(4 * i / count - (4 - channel))
      map[i][channel] = math.max(0, math.min(1, height))
    end
  end
  return map
end

--- tensor.image.colorize(dst, src, map): for each element of a plane the row of the map with its number, from 0. An empty
-- map is filled with random colours.
function image._methods.colorize(destination, source, map)
  local height, width = source:size(1), source:size(2)
  if map:nElement() == 0 then
    local colours = torch.rand(math.max(source:max() + 1, 1), 3)
    if map:type() == 'torch.ByteTensor' then colours:mul(255) end
    planes.write(map:resize(colours:size()), colours)
  end
  local numbers = source:long():contiguous():view(height * width):add(1)
  local colours = map:index(1, numbers)
  destination:resize(map:size(2), height, width)
  return destination:copy(colours:t())
end

--- image.y2jet([dst,] src): colours for a plane of levels from 1 to the largest.
function image.y2jet(...)
  local destination, source = forms.destination_first('y2jet', 1, ...)
  local levels = source
  if source:dim() == 3 and source:size(1) == 1 then levels = source[1] end
  if source:dim() == 1 then levels = source:view(1, source:size(1)) end
  if levels:dim() ~= 2 then forms.raise('y2jet', 'a plane of levels expected, got %s', torch.describe(source)) end
  local map = image.jetColormap(math.floor(levels:max()))
  if source:type() == 'torch.ByteTensor' then map:mul(255) end
  return image._methods.colorize(destination or source.new(), levels - 1, planes.write(source.new(map:size()), map))
end
