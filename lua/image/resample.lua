--- Resampling along one axis: each new element is a weighted sum of old neighbours.
local ffi = require 'ffi'
local planes = require 'image.planes'
local C = require('bridge').C

local single = planes.single
local resample = {}

-- An axis: for each new element the first old one, how many, and their weights; `divisor` where weights do not sum to 1.
local function new_axis(count, width)
  return {
    count = count, width = width, first = ffi.new('int32_t[?]', count), taps = ffi.new('int32_t[?]', count),
    weight = ffi.new('double[?]', count * width), divisor = ffi.new('double[?]', count),
  }
end

local function set(axis, place, first, ...)
  local taps = select('#', ...)
  axis.first[place], axis.taps[place], axis.divisor[place] = first, taps, 1
  for t = 1, taps do axis.weight[place * axis.width + t - 1] = (select(t, ...)) end
end

local function copied(old)
  local axis = new_axis(old, 1)
  for i = 0, old - 1 do set(axis, i, i, 1) end
  return axis
end

--- The element at the same fraction of the length, towards the start.
function resample.simple(old, new)
  local axis, step = new_axis(new, 1), single(old / new)
  for i = 0, new - 1 do set(axis, i, math.min(math.floor(single(i * step)), old - 1), 1) end
  return axis
end

-- Ends are aligned: the last new element is the last old one.
local function stretched(old, new, width, write)
  local axis = new_axis(new, width)
  local step = new == 1 and single(old - 1) or single((old - 1) / (new - 1))
  for i = 0, new - 2 do
    if old == 1 then
      set(axis, i, 0, 1)
    else
      local position = single(i * step)
      local place = math.min(math.floor(position), old - 2)
      write(axis, i, place, single(position - place))
    end
  end
  set(axis, new - 1, old - 1, 1)
  return axis
end

-- Averages of what each new element covers, with fractions of the elements at both ends.
local function averaged(old, new)
  local step = single(old / new)
  local axis = new_axis(new, math.ceil(step) + 2)
  axis.averages = true
  local place, fraction = 0, 0
  for i = 0, new - 1 do
    local position = single((i + 1) * step)
    local next_place = math.floor(position)
    local next_fraction = single(position - next_place)
    local base, taps = i * axis.width, 1
    axis.first[i] = place
    axis.weight[base] = single(1 - fraction)
    for _ = place + 1, next_place - 1 do
      axis.weight[base + taps] = 1
      taps = taps + 1
    end
    if next_place < old then
      axis.weight[base + taps] = next_fraction
      taps = taps + 1
    end
    local sum = 0
    for t = 0, taps - 1 do sum = single(sum + axis.weight[base + t]) end
    axis.taps[i], axis.divisor[i] = taps, sum
    place, fraction = next_place, next_fraction
  end
  return axis
end

--- Linear interpolation to more elements, averages to fewer.
function resample.bilinear(old, new)
  if new == old then return copied(old) end
  if new < old then return averaged(old, new) end
  return stretched(old, new, 2, function(axis, i, place, x) set(axis, i, place, single(1 - x), x) end)
end

--- Weights of the four neighbours in Catmull and Rom's cubic interpolation, at 0 <= x < 1 between the inner two.
function resample.cubic_weights(x)
  local half = 0.5 * x
  return half * (x * (2 - x) - 1), 1 + half * x * (3 * x - 5), half * (1 + x * (4 - 3 * x)), half * x * (x - 1)
end

--- Cubic interpolation; beyond the ends the signal goes on in a straight line.
function resample.bicubic(old, new)
  if new == old then return copied(old) end
  return stretched(old, new, 4, function(axis, i, place, x)
    local a, b, c, d = resample.cubic_weights(x)
    local left, right = place > 0, place + 2 < old
    if not left then b, c = b + 2 * a, c - a end
    if not right then b, c = b - d, c + 2 * d end
    if left and right then
      set(axis, i, place - 1, a, b, c, d)
    elseif left then
      set(axis, i, place - 1, a, b, c)
    elseif right then
      set(axis, i, place, b, c, d)
    else
      set(axis, i, place, b, c)
    end
  end)
end

local function exact(x) return x end

-- Sums weighted rows: `blocks` times from `old` rows of `length` elements to as many as the axis has. The loop over a row
-- is the innermost one, and long. Products and sums are rounded as the original's variables were: to single precision,
-- but for double images, whose averages alone were summed in single precision.
local function apply(from, to, axis, blocks, old, length, double)
  local product = double and exact or single
  local sum = double and not axis.averages and exact or single
  local first, taps, weight, divisor, width, new = axis.first, axis.taps, axis.weight, axis.divisor, axis.width, axis.count
  for block = 0, blocks - 1 do
    for i = 0, new - 1 do
      local source, target = (block * old + first[i]) * length, (block * new + i) * length
      local w = weight[i * width]
      for x = 0, length - 1 do to[target + x] = sum(product(w * from[source + x])) end
      for t = 1, taps[i] - 1 do
        w, source = weight[i * width + t], source + length
        for x = 0, length - 1 do to[target + x] = sum(to[target + x] + product(w * from[source + x])) end
      end
      local over = divisor[i]
      if over ~= 1 then
        for x = 0, length - 1 do to[target + x] = sum(to[target + x] / over) end
      end
    end
  end
end

-- Resamples the second of three dimensions.
local function along_second(values, axis, double)
  local channels, old, length = values:size(1), values:size(2), values:size(3)
  local result, data = planes.new(channels, axis.count, length)
  C.fbl_replace_nans(C.FBL_DOUBLE, values:data(), values:nElement())
  apply(values:data(), data, axis, channels, old, length, double)
  assert(values) -- its data must not be collected before here
  return result
end

local function turned(values) return values:transpose(2, 3):contiguous() end

--- Resamples an image to the size of another, rows first; between the two steps values are those of the class.
-- @param kind function(old, new) that makes an axis
function resample.image(name, source, destination, kind)
  local values, _, _, height, width = planes.read(name, source)
  local _, new_height, new_width = planes.sizes(destination)
  local class = source:type()
  local double = class == 'torch.DoubleTensor'
  local wide = turned(along_second(turned(values), kind(width, new_width), double))
  return planes.write(destination, along_second(planes.settle(wide, class), kind(height, new_height), double))
end

return resample
