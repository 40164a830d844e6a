--- image.warp, image.affinetransform: images sampled where a field of coordinates says.
local forms = require 'image.forms'
local planes = require 'image.planes'
local sampling = require 'image.sampling'

local single = planes.single
local min, max = math.min, math.max

local rules = {
  simple = sampling.simple, bilinear = sampling.bilinear, bicubic = sampling.bicubic, lanczos = sampling.lanczos,
}
local mode_names = { 'lanczos', 'bicubic', 'bilinear', 'simple' }
local by_number = { [0] = 'simple', 'bilinear', 'bicubic', 'lanczos' }

local function to_border(x, y, width, height)
  return max(min(x, width - 1), 0), max(min(y, height - 1), 0)
end

-- `relative`: the field holds offsets from each pixel.
local function sample(destination, source, field, mode, relative, pad, padded)
  local coordinates, data, _, height, width = planes.read('warp', field)
  local own = relative and 1 or 0
  local area = height * width
  local outside = to_border
  if padded then
    outside = function(x, y) return x, y, pad end
  end
  sampling.image('warp', source, destination, function(x, y)
    local place = y * width + x
    return single(own * x + single(data[area + place])), single(own * y + single(data[place]))
  end, rules[mode], pad, outside)
  assert(coordinates) -- the data must not be collected before here
  return destination
end

--- tensor.image.warp(dst, src, field, mode, relative, clamp, pad): mode 0 to 3 for simple, bilinear, bicubic, lanczos;
-- clamp 0 for the border, 1 for padding.
function image._methods.warp(destination, source, field, mode, relative, clamp, pad)
  return sample(destination, source, field, by_number[mode or 1], relative, pad or 0, clamp == 1)
end

local function check_border(name, clamp, pad)
  clamp = forms.choose(name, 'clamp mode', clamp or 'clamp', { 'clamp', 'pad' })
  if pad and clamp ~= 'pad' then forms.raise(name, 'pad_value can only be specified if clamp_mode = "pad"') end
  return clamp == 'pad'
end

local function run(name, destination, source, field, mode, relative, clamp, pad)
  mode = forms.choose(name, 'mode', mode or 'bilinear', mode_names)
  local padded = check_border(name, clamp, pad)
  local flat = source:dim() == 2
  if flat then source = source:view(1, source:size(1), source:size(2)) end
  destination = (destination or source.new()):resize(source:size(1), field:size(2), field:size(3))
  sample(destination, source, field, mode, relative, pad or 0, padded)
  return flat and destination[1] or destination
end

--- image.warp([dst,] src, field[, mode[, offsets[, clamp[, pad]]]]): `field` is 2 x height x width, rows (y) first: for
-- each pixel of the result where it comes from, as an offset from itself unless offsets is false. mode is 'bilinear' (the
-- default), 'simple', 'bicubic' or 'lanczos'; outside the image the border repeats ('clamp') or `pad` stands ('pad').
function image.warp(...)
  local destination, source, field, mode, offsets, clamp, pad = forms.destination_first('warp', 2, ...)
  return run('warp', destination, source, field, mode, offsets == nil or offsets, clamp, pad)
end

-- Coordinates (y, x) of each pixel from the centre of the image, turned round: 2 x height x width.
local function centred_grid(height, width)
  local grid = torch.DoubleTensor(2, height, width)
  local function from_centre(size) return torch.range(1, size):double():mul(-1):add((size + 1) / 2) end
  grid[1]:copy(from_centre(height):view(height, 1):expand(height, width))
  grid[2]:copy(from_centre(width):view(1, width):expand(height, width))
  return grid
end

--- image.affinetransform([dst,] src, matrix[, mode[, translation[, clamp[, pad]]]]): the 2 x 2 matrix acts on (y, x) from
-- the centre of the image, after a shift by `translation` {y, x}; the rest as in image.warp.
function image.affinetransform(...)
  local destination, source, matrix, mode, translation, clamp, pad = forms.destination_first('affinetransform', 2, ...)
  local _, height, width = planes.sizes(source)
  local grid = centred_grid(height, width)
  local moved = torch.mm(matrix:double(), grid:view(2, height * width)):view(2, height, width)
  local field = grid:add(-1, moved)
  if translation then
    for axis = 1, 2 do field[axis]:add(-translation[axis]) end
  end
  return run('affinetransform', destination, source, field, mode, true, clamp, pad)
end
