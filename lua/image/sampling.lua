--- Images sampled at arbitrary places: each new pixel is a weighted sum of some old ones, the same in every plane.
local ffi = require 'ffi'
local forms = require 'image.forms'
local planes = require 'image.planes'
local resample = require 'image.resample'

local floor, min, max = math.floor, math.min, math.max
local cubic_weights = resample.cubic_weights

local sampling = {}

-- A rule turns a place (x, y) in an image of given size into pixels and weights, written to these.
local LANCZOS_RADIUS = 3
local MOST = 4 * LANCZOS_RADIUS * LANCZOS_RADIUS
local index, weight = ffi.new('int32_t[?]', MOST), ffi.new('double[?]', MOST)

local function one(place)
  index[0], weight[0] = place, 1
  return 1, 0
end

local function four(x0, y0, x1, y1, fx, fy, width)
  index[0], weight[0] = y0 * width + x0, (1 - fx) * (1 - fy)
  index[1], weight[1] = y0 * width + x1, fx * (1 - fy)
  index[2], weight[2] = y1 * width + x0, (1 - fx) * fy
  index[3], weight[3] = y1 * width + x1, fx * fy
  return 4, 0
end

-- Rules answer the number of pixels, and a constant to add. ------------------------------------------------------------

--- The pixel that holds the place; zero outside.
function sampling.holding(x, y, width, height)
  x, y = floor(x), floor(y)
  if x < 0 or y < 0 or x >= width or y >= height then return 0, 0 end
  return one(y * width + x)
end

local function nearest(x) return x < 0 and -floor(0.5 - x) or floor(x + 0.5) end

--- The nearest pixel; zero outside.
function sampling.nearest(x, y, width, height) return sampling.holding(nearest(x), nearest(y), width, height) end

--- The four pixels around the place; where some of them are outside, the one that holds it.
function sampling.inner_bilinear(x, y, width, height)
  local x0, y0 = floor(x), floor(y)
  if x0 < 0 or y0 < 0 or x0 + 1 >= width or y0 + 1 >= height then return sampling.holding(x, y, width, height) end
  return four(x0, y0, x0 + 1, y0 + 1, x - x0, y - y0, width)
end

-- Beyond the border by less than half a pixel the border's pixel stands for both neighbours; further out there are none.
local function within(low, fraction, size)
  local high = low + 1
  if high == size and fraction < 0.5 then high = low end
  if low == -1 and fraction > 0.5 then low = high end
  if low < 0 or high >= size then return nil end
  return low, high
end

--- The four pixels around the place, up to half a pixel outside; zero further out.
function sampling.half_outside_bilinear(x, y, width, height)
  local fx, fy = x - floor(x), y - floor(y)
  local x0, x1 = within(floor(x), fx, width)
  local y0, y1 = within(floor(y), fy, height)
  if not x0 or not y0 then return 0, 0 end
  return four(x0, y0, x1, y1, fx, fy, width)
end

--- The four pixels around a place inside.
function sampling.bilinear(x, y, width, height)
  local x0, y0 = floor(x), floor(y)
  return four(x0, y0, min(x0 + 1, width - 1), min(y0 + 1, height - 1), x - x0, y - y0, width)
end

--- The nearest pixel of a place inside.
function sampling.simple(x, y, width) return one(floor(y + 0.5) * width + floor(x + 0.5)) end

--- Sixteen pixels around a place inside; those outside count as `pad`.
function sampling.bicubic(x, y, width, height, pad)
  local x0, y0 = floor(x), floor(y)
  local a, b, c, d = cubic_weights(x - x0)
  local e, f, g, h = cubic_weights(y - y0)
  local count, constant = 0, 0
  for row = -1, 2 do
    local row_weight = row == -1 and e or row == 0 and f or row == 1 and g or h
    for column = -1, 2 do
      local w = row_weight * (column == -1 and a or column == 0 and b or column == 1 and c or d)
      local px, py = x0 + column, y0 + row
      if px < 0 or py < 0 or px >= width or py >= height then
        constant = constant + w * pad
      else
        index[count], weight[count] = py * width + px, w
        count = count + 1
      end
    end
  end
  return count, constant
end

local across, down = ffi.new('double[?]', 2 * LANCZOS_RADIUS), ffi.new('double[?]', 2 * LANCZOS_RADIUS)

local function windowed_sinc(distance)
  if distance < 0 then distance = -distance end
  if distance < 1e-6 then return 1 end
  if distance > LANCZOS_RADIUS then return 0 end
  local angle = math.pi * distance
  return LANCZOS_RADIUS * math.sin(angle) * math.sin(angle / LANCZOS_RADIUS) / (angle * angle)
end

local function fill_windowed(list, position, first)
  local sum = 0
  for i = 0, 2 * LANCZOS_RADIUS - 1 do
    list[i] = windowed_sinc(position - (first + i))
    sum = sum + list[i]
  end
  return sum
end

--- Lanczos' windowed sinc over 6 x 6 pixels; the border repeats outside.
function sampling.lanczos(x, y, width, height)
  local x0, y0 = floor(x) - LANCZOS_RADIUS + 1, floor(y) - LANCZOS_RADIUS + 1
  local sum = fill_windowed(across, x, x0) * fill_windowed(down, y, y0)
  local count = 0
  for row = 0, 2 * LANCZOS_RADIUS - 1 do
    local py = max(min(y0 + row, height - 1), 0)
    for column = 0, 2 * LANCZOS_RADIUS - 1 do
      index[count] = py * width + max(min(x0 + column, width - 1), 0)
      weight[count] = across[column] * down[row] / sum
      count = count + 1
    end
  end
  return count, 0
end

-----------------------------------------------------------------------------------------------------------------------

--- Fills an image with samples of another.
-- @param place function(x, y) that answers where to look for a pixel
-- @param rule one of the above
-- @param outside function(x, y, width, height) that answers a value where the rule is not to be asked, or nil
function sampling.image(name, source, destination, place, rule, pad, outside)
  local values, from, channels, height, width = planes.read(name, source)
  local new_channels, new_height, new_width = planes.sizes(destination)
  if source:dim() ~= destination:dim() or channels ~= new_channels then
    forms.raise(name, 'src and dst depths do not match')
  end
  local result, to = planes.new(channels, new_height, new_width)
  local area, new_area = height * width, new_height * new_width
  for y = 0, new_height - 1 do
    for x = 0, new_width - 1 do
      local sx, sy = place(x, y)
      local count, constant
      if outside and (sx < 0 or sy < 0 or sx > width - 1 or sy > height - 1) then
        sx, sy, constant = outside(sx, sy, width, height)
        if constant then count = 0 end
      end
      if not count then count, constant = rule(sx, sy, width, height, pad) end
      local target = y * new_width + x
      for k = 0, channels - 1 do
        local sum, base = constant, k * area
        for t = 0, count - 1 do sum = sum + weight[t] * from[base + index[t]] end
        to[target + k * new_area] = sum
      end
    end
  end
  assert(values) -- the data must not be collected before here
  return planes.write(destination, result)
end

return sampling
