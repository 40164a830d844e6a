--- Convolutions and correlations of images and volumes: the valid part ('V') or wherever kernel and image overlap ('F').
-- A convolution flips the kernel, a correlation does not.
local bridge = require 'bridge'
local overload = require 'torch.overload'
local tensors = require 'torch.tensor.metatype'

local C = bridge.C
local define, all = overload.define, overload.all

-- A tensor's sizes from dimension `first`, after `leading` sizes given.
local function sizes_from(t, first, leading)
  for d = first, C.fbl_dim(t) do leading[#leading + 1] = tonumber(C.fbl_size(t, d - 1)) end
  return leading
end

-- Adds what the bridge expects: a plane (of one) in front, a depth of 1 for images.
local function normalized(t, image_dims)
  local leading = {}
  local extra = C.fbl_dim(t) - image_dims
  for d = 1, extra do leading[d] = tonumber(C.fbl_size(t, d - 1)) end
  if extra == 0 then leading[1] = 1 end
  if image_dims == 2 then leading[#leading + 1] = 1 end
  return t:contiguous():view(unpack(sizes_from(t, extra + 1, leading)))
end

local function correlation(image_dims, flip)
  return function(r, input, kernel, part)
    local out = tensors.ctype[input.__code]()
    if C.fbl_correlate(out, normalized(input, image_dims), normalized(kernel, image_dims), part == 'F' and 1 or 0, flip) ~= 0 then
      bridge.fail()
    end
    tensors.charge(out)
    -- out is planes x depth x rows x columns.
    local sizes = C.fbl_dim(input) > image_dims and { tonumber(C.fbl_size(out, 0)) } or {}
    return r:resize(unpack(sizes_from(out, image_dims == 2 and 3 or 2, sizes))):copy(out)
  end
end

for name, row in pairs { conv2 = { 2, 1 }, xcorr2 = { 2, 0 }, conv3 = { 3, 1 }, xcorr3 = { 3, 0 } } do
  local n = row[1]
  local implementation = correlation(n, row[2])
  local spec = 'T?, T~%d, T~%d, V|F=V'
  define(name, {
    types = all,
    both = {
      { spec:format(n, n), implementation },           -- one image, one kernel
      { spec:format(n + 1, n + 1), implementation },   -- each image with its kernel
      { spec:format(n + 1, n + 2), implementation },   -- each output sums over the images
    },
  })
end
