--- Convolutions over a connection table: connection k joins input plane connTable[k][1] to output plane connTable[k][2]
-- through the kernel weight[k]. On the CPU the bridge loops over the connections; elsewhere they run as dense convolutions
-- whose unconnected kernels are zero.
local ffi = require 'ffi'
local bridge = require 'bridge'
local aten = bridge.aten
local shapes = require 'nn.THNN.shapes'

local kernels = {}
local C = bridge.C
local new_connections = ffi.typeof('fbl_connections')
local convolution, convolution_backward = aten.convolution, aten.convolution_backward

--- Row of each connection in the dense weight seen as (first axis x second axis) kernels.
local function places(connTable, nInputPlane, nOutputPlane, transposed)
  local count = connTable:size(1)
  local rows = torch.LongTensor(count)
  for k = 1, count do
    local from, to = connTable[k][1], connTable[k][2]
    if from < 1 or from > nInputPlane or to < 1 or to > nOutputPlane then
      error(('connection %d joins plane %d to %d, beyond the %d input and %d output planes')
        :format(k, from, to, nInputPlane, nOutputPlane), 3)
    end
    rows[k] = transposed and (from - 1) * nOutputPlane + to or (to - 1) * nInputPlane + from
  end
  return rows
end

--- The dense weight, and the row of each connection in it.
local function densify(weight, connTable, nInputPlane, nOutputPlane, transposed)
  local kH, kW = weight:size(2), weight:size(3)
  local rows = places(connTable, nInputPlane, nOutputPlane, transposed)
  local dense = weight.new(nInputPlane * nOutputPlane, kH * kW):zero()
  -- a pair of planes may be connected more than once
  dense:indexAdd(1, rows, weight:view(weight:size(1), kH * kW))
  if transposed then return dense:view(nInputPlane, nOutputPlane, kH, kW), rows end
  return dense:view(nOutputPlane, nInputPlane, kH, kW), rows
end

local ONE, ZERO = { 1, 1 }, { 0, 0 }

--- Planes of an image or batch; those beyond the connected ones have no effect.
local function planes_of(input)
  return input:size(input:dim() == 4 and 2 or 1)
end

local function check(status)
  if status ~= 0 then bridge.fail() end
end

local function on_device(tensor)
  return C.fbl_device(tensor) >= 0
end

local function declare(name, transposed)
  local other_way = transposed and 1 or 0

  kernels[name .. '_updateOutput'] = function(input, output, weight, bias, connTable, nInputPlane, nOutputPlane, dW, dH)
    shapes.check_planes(input, 4, nil, name)
    if not on_device(input) then
      local connections = new_connections(nInputPlane, nOutputPlane, dW, dH, other_way)
      return check(C.fbl_connect(output, input, weight, bias, connTable, connections))
    end
    local planes = planes_of(input)
    if planes < nInputPlane then
      error(('%s: invalid number of input planes: at least %d expected, got %d'):format(name, nInputPlane, planes), 2)
    end
    local dense = densify(weight, connTable, planes, nOutputPlane, transposed)
    local result = convolution(shapes.as_batch(input, 4), dense, bias, { dH, dW }, ZERO, ONE, transposed, ZERO, 1)
    shapes.deliver(output, result, input:dim() == 3)
  end

  kernels[name .. '_updateGradInput'] = function(input, gradOutput, gradInput, weight, _, connTable, nInputPlane,
                                                nOutputPlane, dW, dH)
    if not on_device(input) then
      local connections = new_connections(nInputPlane, nOutputPlane, dW, dH, other_way)
      return check(C.fbl_connect_input(gradInput, input, gradOutput, weight, connTable, connections))
    end
    local dense = densify(weight, connTable, planes_of(input), nOutputPlane, transposed)
    local result = convolution_backward(shapes.as_batch(gradOutput, 4), shapes.as_batch(input, 4), dense, nil, { dH, dW },
      ZERO, ONE, transposed, ZERO, 1, { true, false, false })
    shapes.deliver(gradInput, result, input:dim() == 3)
  end

  kernels[name .. '_accGradParameters'] = function(input, gradOutput, gradWeight, gradBias, connTable, nInputPlane,
                                                  nOutputPlane, dW, dH, scale)
    if not on_device(input) then
      local connections = new_connections(nInputPlane, nOutputPlane, dW, dH, other_way)
      return check(C.fbl_connect_weight(gradWeight, gradBias, input, gradOutput, connTable, scale or 1, connections))
    end
    local planes = planes_of(input)
    local dense, rows = densify(gradWeight, connTable, planes, nOutputPlane, transposed)
    local _, forWeight, forBias = convolution_backward(shapes.as_batch(gradOutput, 4), shapes.as_batch(input, 4), dense,
      { nOutputPlane }, { dH, dW }, ZERO, ONE, transposed, ZERO, 1, { false, true, true })
    local picked = forWeight:view(planes * nOutputPlane, gradWeight:size(2) * gradWeight:size(3)):index(1, rows)
    gradWeight:add(scale, picked:viewAs(gradWeight))
    gradBias:add(scale, forBias)
  end
end

declare('SpatialConvolutionMap', false)
declare('SpatialFullConvolutionMap', true)

return kernels
