--- Max unpooling: writes each value at the place a max pooling took it from. Indices are 1-based.
local aten = require('bridge').aten

local kernels = {}
local add_scalar = aten['add.Scalar']

local function check_same(a, b, what)
  if not a:isSameSizeAs(b) then
    error(('%s should have the size of indices: %s, got %s'):format(what, table.concat(b:size():totable(), 'x'),
      table.concat(a:size():totable(), 'x')), 3)
  end
end

--- Values of `gradOutput` at `indices`, plane by plane; `planes` dimensions count as one place axis.
local function gather_planes(gradOutput, indices, gradInput, rank)
  local area, from = 1, 1
  for d = indices:dim() - rank + 1, indices:dim() do
    area = area * indices:size(d)
    from = from * gradOutput:size(d)
  end
  local planes = indices:nElement() / area
  local picked = gradOutput:contiguous():view(planes, from):gather(2, indices:contiguous():view(planes, area))
  gradInput:set(picked:viewAs(indices))
end

local unpool2d = aten.max_unpool2d

function kernels.SpatialMaxUnpooling_updateOutput(input, output, indices, owidth, oheight)
  check_same(input, indices, 'input')
  output:set(unpool2d(input, add_scalar(indices, -1, 1), { oheight, owidth }))
end

function kernels.SpatialMaxUnpooling_updateGradInput(_, gradOutput, gradInput, indices, owidth, oheight)
  local ndim = gradOutput:dim()
  if gradOutput:size(ndim) ~= owidth or gradOutput:size(ndim - 1) ~= oheight then
    error(('Inconsistent gradOutput size. oheight= %d, owidth= %d, gradOutput: %dx%d')
      :format(oheight, owidth, gradOutput:size(ndim - 1), gradOutput:size(ndim)), 2)
  end
  gather_planes(gradOutput, indices, gradInput, 2)
end

local unpool3d = aten.max_unpool3d

function kernels.VolumetricMaxUnpooling_updateOutput(input, output, indices, oT, oW, oH, dT, dW, dH, pT, pW, pH)
  check_same(input, indices, 'input')
  output:set(unpool3d(input, add_scalar(indices, -1, 1), { oT, oH, oW }, { dT, dH, dW }, { pT, pH, pW }))
end

function kernels.VolumetricMaxUnpooling_updateGradInput(_, gradOutput, gradInput, indices)
  gather_planes(gradOutput, indices, gradInput, 3)
end

return kernels
