--- Conversions between spaces of colour, pixel by pixel: red, green and blue from 0 to 1 (bytes: 0 to 255).
local forms = require 'image.forms'
local planes = require 'image.planes'

local floor, max, min = math.floor, math.max, math.min
local single = planes.single

local function exact(x) return x end

-- Hue from 0 to 1, the largest and the smallest component.
local function hue(r, g, b)
  local high, low = max(r, g, b), min(r, g, b)
  local spread = high - low
  if spread == 0 then return 0, high, low end
  local sector
  if high == r then
    sector = (g - b) / spread + (g < b and 6 or 0)
  elseif high == g then
    sector = (b - r) / spread + 2
  else
    sector = (r - g) / spread + 4
  end
  return sector / 6, high, low
end

local function to_hsv(r, g, b)
  local h, high, low = hue(r, g, b)
  return h, high == low and 0 or (high - low) / high, high
end

local function to_hsl(r, g, b)
  local h, high, low = hue(r, g, b)
  local lightness = (high + low) / 2
  if high == low then return h, 0, lightness end
  return h, (high - low) / (lightness > 0.5 and 2 - high - low or high + low), lightness
end

local function from_hsv(h, s, v)
  local sector = floor(h * 6)
  local f = h * 6 - sector
  local p, q, t = v * (1 - s), v * (1 - f * s), v * (1 - (1 - f) * s)
  sector = sector % 6
  if sector == 0 then return v, t, p end
  if sector == 1 then return q, v, p end
  if sector == 2 then return p, v, t end
  if sector == 3 then return p, q, v end
  if sector == 4 then return t, p, v end
  return v, p, q
end

local function component(p, q, h)
  h = h % 1
  if h < 1 / 6 then return p + (q - p) * 6 * h end
  if h < 1 / 2 then return q end
  if h < 2 / 3 then return p + (q - p) * (2 / 3 - h) * 6 end
  return p
end

local function from_hsl(h, s, l)
  if s == 0 then return l, l, l end
  local q = l < 0.5 and l * (1 + s) or l + s - l * s
  local p = 2 * l - q
  return component(p, q, h + 1 / 3), component(p, q, h), component(p, q, h - 1 / 3)
end

-- CIE L*a*b* from sRGB, white D65 (http://www.brucelindbloom.com).
local EPSILON, KAPPA = 216 / 24389, 24389 / 27
local WHITE_X, WHITE_Z = 0.950456, 1.088754

local function expand(c) return c <= 0.04045 and c / 12.92 or ((c + 0.055) / 1.055) ^ 2.4 end
local function compress(c) return c <= 0.0031308 and 12.92 * c or 1.055 * c ^ (1 / 2.4) - 0.055 end

local function lightness(c) return c > EPSILON and c ^ (1 / 3) or (KAPPA * c + 16) / 116 end
local function luminance(f) return f ^ 3 > EPSILON and f ^ 3 or (116 * f - 16) / KAPPA end

local function to_lab(r, g, b)
  r, g, b = expand(r), expand(g), expand(b)
  local x = lightness((0.412453 * r + 0.357580 * g + 0.180423 * b) / WHITE_X)
  local y = lightness(0.212671 * r + 0.715160 * g + 0.072169 * b)
  local z = lightness((0.019334 * r + 0.119193 * g + 0.950227 * b) / WHITE_Z)
  return 116 * y - 16, 500 * (x - y), 200 * (y - z)
end

local function from_lab(l, a, b)
  local middle = (l + 16) / 116
  local x, z = luminance(a / 500 + middle) * WHITE_X, luminance(middle - b / 200) * WHITE_Z
  local y = l > KAPPA * EPSILON and middle ^ 3 or l / KAPPA
  return compress(3.2404542 * x - 1.5371385 * y - 0.4985314 * z),
    compress(-0.9692660 * x + 1.8760108 * y + 0.0415560 * z),
    compress(0.0556434 * x - 0.2040259 * y + 1.0572252 * z)
end

-----------------------------------------------------------------------------------------------------------------------

local function check(name, source)
  if not torch.isTensor(source) then forms.raise(name, 'missing input') end
  if source:dim() ~= 3 or source:size(1) < 3 then
    forms.raise(name, 'an image of 3 x height x width expected, got %s', torch.describe(source))
  end
end

-- Bytes are scaled to 1 and rounded as if they were single precision numbers, so that both give the same colours.
local function convert(name, formula, source, destination)
  check(name, source)
  local bytes = source:type() == 'torch.ByteTensor'
  local scale, round = bytes and 255 or 1, bytes and single or exact
  local values, from, _, height, width = planes.read(name, source)
  local result, to = planes.new(3, height, width)
  local area = height * width
  for i = 0, area - 1 do
    local a, b, c = formula(round(from[i] / scale), round(from[i + area] / scale), round(from[i + 2 * area] / scale))
    to[i] = round(round(a) * scale)
    to[i + area] = round(round(b) * scale)
    to[i + 2 * area] = round(round(c) * scale)
  end
  assert(values) -- the data must not be collected before here
  return planes.write(destination, result)
end

local function define(name, formula, no_bytes)
  image._methods[name] = function(source, destination)
    if no_bytes and source:type() == 'torch.ByteTensor' then forms.raise(name, 'not supported for torch.ByteTensor') end
    return convert(name, formula, source, destination)
  end
  image[name] = function(...)
    local destination, source = forms.destination_first(name, 1, ...)
    check(name, source)
    return image._methods[name](source, (destination or source.new()):resize(3, source:size(2), source:size(3)))
  end
end

--- image.rgb2hsv([dst,] src) and so on. All components are between 0 and 1 but those of L*a*b*.
define('rgb2hsv', to_hsv)
define('hsv2rgb', from_hsv)
define('rgb2hsl', to_hsl)
define('hsl2rgb', from_hsl)
define('rgb2lab', to_lab, true)
define('lab2rgb', from_lab, true)

-- Weighted sums of the three planes; a weight of 1 comes first.
local function mixed(planes_of, weights)
  local sum = planes_of[1].new():resizeAs(planes_of[1]):zero()
  for k = 1, 3 do
    if weights[k] ~= 0 then sum:add(weights[k], planes_of[k]) end
  end
  return sum
end

local function define_linear(name, rows)
  image[name] = function(...)
    local destination, source = forms.destination_first(name, 1, ...)
    check(name, source)
    local results = {}
    for k, weights in ipairs(rows) do results[k] = mixed({ source[1], source[2], source[3] }, weights) end
    destination = (destination or source.new()):resize(3, source:size(2), source:size(3))
    for k = 1, 3 do destination[k]:copy(results[k]) end
    return destination
  end
end

--- image.rgb2yuv([dst,] src), image.yuv2rgb([dst,] src): analogue PAL's luma and two differences of colour.
define_linear('rgb2yuv', { { 0.299, 0.587, 0.114 }, { -0.14713, -0.28886, 0.436 }, { 0.615, -0.51499, -0.10001 } })
define_linear('yuv2rgb', { { 1, 0, 1.13983 }, { 1, -0.39465, -0.58060 }, { 1, 2.03211, 0 } })

--- tensor.image.rgb2y(src, dst): dst has two dimensions.
function image._methods.rgb2y(source, destination)
  check('rgb2y', source)
  local values = source:double()
  local sum = torch.mul(values[1], 0.299):add(0.587, values[2]):add(0.114, values[3])
  return planes.write(destination, sum)
end

--- image.rgb2y([dst,] src): grey as brightness (Rec. 601), 1 x height x width.
function image.rgb2y(...)
  local destination, source = forms.destination_first('rgb2y', 1, ...)
  check('rgb2y', source)
  destination = (destination or source.new()):resize(1, source:size(2), source:size(3))
  image._methods.rgb2y(source, destination[1])
  return destination
end

--- image.rgb2nrgb([dst,] src): each component divided by the sum of the three.
function image.rgb2nrgb(...)
  local destination, source = forms.destination_first('rgb2nrgb', 1, ...)
  check('rgb2nrgb', source)
  local sum = torch.add(source[1], source[2]):add(source[3]):add(1e-6)
  local shares = source:clone()
  for k = 1, 3 do shares[k]:cdiv(sum) end
  return destination and destination:resizeAs(shares):copy(shares) or shares
end
