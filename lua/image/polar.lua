--- image.polar, image.logpolar: images unrolled about their centre; rows are angles, columns radii.
local forms = require 'image.forms'
local planes = require 'image.planes'
local sampling = require 'image.sampling'

local single = planes.single

-- How the radius grows along a row of given length, up to the largest.
local radii = {
  polar = function(largest, length)
    return function(x) return single(single(largest * x) / length) end
  end,
  logpolar = function(largest, length)
    local step = single(math.log(largest) / length)
    return function(x) return single(math.exp(single(x * step))) end
  end,
}

local function largest_radius(height, width, full)
  if full then return single(math.sqrt(width * width + height * height) / 2) end
  return math.min(width, height) / 2
end

local function unrolled(name, rule)
  return function(source, destination, full)
    local _, height, width = planes.sizes(source)
    local _, angles, length = planes.sizes(destination)
    local radius = radii[name](largest_radius(height, width, full == 1), length)
    local middle_x, middle_y = width / 2, height / 2
    return sampling.image(name, source, destination, function(x, y)
      local angle, r = single(2 * math.pi * y / angles), radius(x)
      return -r * math.sin(angle) + middle_x, r * math.cos(angle) + middle_y
    end, rule)
  end
end

local methods = image._methods
methods.polar = unrolled('polar', sampling.holding)
methods.polarBilinear = unrolled('polar', sampling.inner_bilinear)
methods.logPolar = unrolled('logpolar', sampling.holding)
methods.logPolarBilinear = unrolled('logpolar', sampling.inner_bilinear)

local kernels = {
  polar = { simple = methods.polar, bilinear = methods.polarBilinear },
  logpolar = { simple = methods.logPolar, bilinear = methods.logPolarBilinear },
}

local function transform(name)
  return function(...)
    local destination, source, interpolation, mode = forms.destination_first(name, 1, ...)
    interpolation = forms.choose(name, 'interpolation', interpolation or 'simple', { 'simple', 'bilinear' })
    mode = forms.choose(name, 'mode', mode or 'valid', { 'valid', 'full' })
    local _, height, width = planes.sizes(source)
    local side = math.max(height, width)
    destination = destination or planes.like(source, side, side)
    return kernels[name][interpolation](source, destination, mode == 'full' and 1 or 0)
  end
end

--- image.polar([dst,] src[, interpolation[, mode]]): interpolation 'simple' (the default) or 'bilinear'; mode 'valid' (the
-- default: radii up to the nearest border) or 'full' (up to the corners).
image.polar = transform('polar')

--- image.logpolar([dst,] src[, interpolation[, mode]]): the same with radii that grow exponentially from 1.
image.logpolar = transform('logpolar')
