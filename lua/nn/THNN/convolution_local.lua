--- SpatialConvolutionLocal: a convolution whose kernel differs from place to place; and the unfolding of images.
-- weight: oH x oW x nOutputPlane x nInputPlane x kH x kW, or the same elements in other dimensions; bias: nOutputPlane x oH x oW.
local aten = require('bridge').aten
local shapes = require 'nn.THNN.shapes'

local kernels = {}
local im2col, col2im = aten.im2col, aten.col2im
local ONE = { 1, 1 }

--- places x nOutputPlane x (nInputPlane kH kW)
local function by_place(weight, outputHeight, outputWidth, nOutputPlane)
  local places = outputHeight * outputWidth
  return weight:view(places, nOutputPlane, weight:nElement() / places / nOutputPlane)
end

local function planes_of(image)
  return image:size(image:dim() - 2)
end

--- places x (nInputPlane kH kW) x batch: the column of every place.
local function columns(batch, kW, kH, dW, dH, padW, padH)
  return im2col(batch, { kH, kW }, ONE, { padH, padW }, { dH, dW }):permute(3, 2, 1)
end

--- batch x planes x places → places x planes x batch
local function places_first(gradOutput)
  local batch = shapes.as_batch(gradOutput, 4):contiguous()
  return batch:view(batch:size(1), batch:size(2), batch:size(3) * batch:size(4)):permute(3, 2, 1)
end

function kernels.SpatialConvolutionLocal_updateOutput(input, output, weight, bias, _, _, kW, kH, dW, dH, padW, padH, _, _,
                                                      outputWidth, outputHeight)
  local batch = shapes.as_batch(input, 4)
  local kernel = by_place(weight, outputHeight, outputWidth, bias:size(1))
  local result = torch.bmm(kernel, columns(batch, kW, kH, dW, dH, padW, padH)):permute(3, 2, 1)
    :contiguous():view(batch:size(1), kernel:size(2), outputHeight, outputWidth)
  result:add(bias:view(1, kernel:size(2), outputHeight, outputWidth):expandAs(result))
  shapes.deliver(output, result, input:dim() == 3)
end

function kernels.SpatialConvolutionLocal_updateGradInput(input, gradOutput, gradInput, weight, _, _, kW, kH, dW, dH, padW,
                                                         padH, inputWidth, inputHeight, outputWidth, outputHeight)
  local kernel = by_place(weight, outputHeight, outputWidth, planes_of(gradOutput))
  local gradient = torch.bmm(kernel:transpose(2, 3), places_first(gradOutput)):permute(3, 2, 1):contiguous()
  local result = col2im(gradient, { inputHeight, inputWidth }, { kH, kW }, ONE, { padH, padW }, { dH, dW })
  shapes.deliver(gradInput, result, input:dim() == 3)
end

function kernels.SpatialConvolutionLocal_accGradParameters(input, gradOutput, gradWeight, gradBias, _, _, kW, kH, dW, dH,
                                                           padW, padH, _, _, outputWidth, outputHeight, scale)
  local target = by_place(gradWeight, outputHeight, outputWidth, planes_of(gradOutput))
  local column = columns(shapes.as_batch(input, 4), kW, kH, dW, dH, padW, padH)
  target:baddbmm(scale, places_first(gradOutput), column:transpose(2, 3))
  gradBias:add(scale, shapes.as_batch(gradOutput, 4):sum(1):viewAs(gradBias))
end

--- finput (nInputPlane kH kW x places) = the windows of one image.
function kernels.unfolded_copy(finput, input, kW, kH, dW, dH, padW, padH, nInputPlane, inputWidth, inputHeight)
  local image = input:contiguous():view(1, nInputPlane, inputHeight, inputWidth)
  finput:copy(im2col(image, { kH, kW }, ONE, { padH, padW }, { dH, dW }))
end

--- input = the sum of the windows in finput, each at its place.
function kernels.unfolded_acc(finput, input, kW, kH, dW, dH, padW, padH, nInputPlane, inputWidth, inputHeight,
                              outputWidth, outputHeight)
  local windows = finput:contiguous():view(1, nInputPlane * kH * kW, outputHeight * outputWidth)
  input:copy(col2im(windows, { inputHeight, inputWidth }, { kH, kW }, ONE, { padH, padW }, { dH, dW }))
end

return kernels
