--- image.crop, image.translate: parts of images, and images moved within their frame.
local forms = require 'image.forms'
local planes = require 'image.planes'

-- The first row and column (from 0) of a part of given size.
local anchors = {
  c = function(width, height, w, h) return math.floor((width - w) / 2), math.floor((height - h) / 2) end,
  tl = function() return 0, 0 end,
  tr = function(width, _, w) return width - w, 0 end,
  bl = function(_, height, _, h) return 0, height - h end,
  br = function(width, height, w, h) return width - w, height - h end,
}

local function whole(x) return x < 0 and math.ceil(x) or math.floor(x) end

local function part(source, x, y, width, height)
  local _, full_height, full_width = planes.sizes(source)
  if x < 0 or y < 0 or x + width > full_width or y + height > full_height then
    forms.raise('crop', 'crop goes outside bounds of src: columns %d to %d of %d, rows %d to %d of %d', x, x + width,
      full_width, y, y + height, full_height)
  end
  local dimensions = source:dim()
  return source:narrow(dimensions - 1, y + 1, height):narrow(dimensions, x + 1, width)
end

--- tensor.image.cropNoScale(src, dst, x, y): fills the destination with the part of its size.
function image._methods.cropNoScale(source, destination, x, y)
  local channels, height, width = planes.sizes(destination)
  if destination:dim() == 3 and channels ~= planes.sizes(source) then
    forms.raise('crop', 'src and dst depths do not match')
  end
  return destination:copy(part(source, whole(x), whole(y), width, height))
end

local function crop(destination, source, first, second, third, fourth)
  local _, height, width = planes.sizes(source)
  local x1, y1, x2, y2 = first, second, third, fourth
  if type(first) == 'string' then
    if not anchors[first] then forms.raise('crop', 'crop format must be "c"|"tl"|"tr"|"bl"|"br", got "%s"', first) end
    x1, y1 = anchors[first](width, height, second, third)
    x2, y2 = x1 + second, y1 + third
  elseif not x1 or not y1 then
    forms.raise('crop', 'incorrect arguments: the first column and row are missing')
  elseif not x2 then
    if destination then return image._methods.cropNoScale(source, destination, x1, y1) end
    x2, y2 = width, height
  end
  local cut = part(source, whole(x1), whole(y1), whole(x2 - x1), whole(y2 - y1))
  if destination then return image.scale(destination, cut) end
  return cut:clone()
end

--- image.crop([dst,] src, x1, y1[, x2, y2]), image.crop([dst,] src, anchor, width, height): columns x1 to x2 - 1 and rows
-- y1 to y2 - 1, or the part at the centre 'c' or a corner 'tl', 'tr', 'bl', 'br'. A destination of another size gets the
-- part scaled; without x2 and y2 its own size is that of the part.
function image.crop(...) return crop(forms.destination_first('crop', 1, ...)) end

local function overlap(size, shift) return math.max(1, 1 + shift), math.max(1, 1 - shift), size - math.abs(shift) end

--- tensor.image.translate(src, dst, x, y): writes what stays inside.
function image._methods.translate(source, destination, x, y)
  x, y = whole(x), whole(y)
  local _, height, width = planes.sizes(source)
  local dimensions = source:dim()
  local to_column, from_column, columns = overlap(width, x)
  local to_row, from_row, rows = overlap(height, y)
  if columns > 0 and rows > 0 then
    destination:narrow(dimensions - 1, to_row, rows):narrow(dimensions, to_column, columns)
      :copy(source:narrow(dimensions - 1, from_row, rows):narrow(dimensions, from_column, columns))
  end
  return destination
end

--- image.translate([dst,] src, x, y): moved right and down; zero comes in from outside.
function image.translate(...)
  local destination, source, x, y = forms.destination_first('translate', 1, ...)
  if not x or not y then forms.raise('translate', 'incorrect arguments: two numbers expected after the image') end
  local moved = source.new():resizeAs(source):zero()
  image._methods.translate(source, moved, x, y)
  return destination and destination:resizeAs(source):copy(moved) or moved
end
