--- Reflection and replication padding of images and volumes; amounts come in Torch7's order.
local aten = require('bridge').aten

local kernels = {}

local function declare(name, forward, backward)
  kernels[name .. '_updateOutput'] = function(input, output, ...)
    output:set(forward(input, { ... }))
  end
  kernels[name .. '_updateGradInput'] = function(input, gradOutput, gradInput, ...)
    gradInput:set(backward(gradOutput, input, { ... }))
  end
end

-- left, right, top, bottom[, front, back] is also ATen's order
declare('SpatialReflectionPadding', aten.reflection_pad2d, aten.reflection_pad2d_backward)
declare('SpatialReplicationPadding', aten.replication_pad2d, aten.replication_pad2d_backward)
declare('VolumetricReplicationPadding', aten.replication_pad3d, aten.replication_pad3d_backward)

return kernels
