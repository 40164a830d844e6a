--- Layers over sequences: tensors of nFrame x frameSize, or batches of those.
local aten = require('bridge').aten
local shapes = require 'nn.THNN.shapes'

local kernels = {}

local function frames_after(nFrame, kW, dW)
  return math.floor((nFrame - kW) / dW) + 1
end

--- Raises unless `input` is a sequence, or a batch of sequences, of at least kW frames of `frameSize` values.
local function check_sequence(input, frameSize, kW)
  local dim = input:dim()
  if dim ~= 2 and dim ~= 3 then
    error(('2D or 3D (batch mode) tensor expected for input, but got %dD tensor'):format(dim), 3)
  end
  if frameSize and input:size(dim) ~= frameSize then
    error(('invalid input frame size. Got: %d, Expected: %d'):format(input:size(dim), frameSize), 3)
  end
  if input:size(dim - 1) < kW then
    error(('input sequence smaller than kernel size. Got: %d, Expected: %d'):format(input:size(dim - 1), kW), 3)
  end
end

--- Every window of kW frames of a contiguous batch as one row: batch x nOutputFrame x (kW frameSize), a view.
local function windows(batch, kW, dW)
  local nFrame, frameSize = batch:size(2), batch:size(3)
  return batch.new():set(batch:storage(), batch:storageOffset(),
    torch.LongStorage { batch:size(1), frames_after(nFrame, kW, dW), kW * frameSize },
    torch.LongStorage { nFrame * frameSize, dW * frameSize, 1 })
end

function kernels.TemporalConvolution_updateOutput(input, output, weight, bias, kW, dW, inputFrameSize, outputFrameSize)
  check_sequence(input, inputFrameSize, kW)
  local batch = shapes.as_batch(input:contiguous(), 3)
  local nBatch, nFrame = batch:size(1), frames_after(batch:size(2), kW, dW)
  local rows = windows(batch, kW, dW):contiguous():view(nBatch * nFrame, kW * inputFrameSize)
  if input:dim() == 2 then
    output:resize(nFrame, outputFrameSize)
  else
    output:resize(nBatch, nFrame, outputFrameSize)
  end
  local result = output:view(nBatch * nFrame, outputFrameSize)
  result:copy(bias:view(1, outputFrameSize):expandAs(result)):addmm(1, rows, weight:t())
end

--- Adds rows of windows back onto the frames they were taken from.
local function scatter_windows(rows, gradInput, kW, dW)
  local frameSize = gradInput:size(3)
  local nFrame = rows:size(2)
  local parts = rows:view(rows:size(1), nFrame, kW, frameSize)
  for k = 1, kW do
    local touched = gradInput.new():set(gradInput:storage(), gradInput:storageOffset() + (k - 1) * frameSize,
      torch.LongStorage { gradInput:size(1), nFrame, frameSize },
      torch.LongStorage { gradInput:stride(1), dW * frameSize, 1 })
    touched:add(parts:select(3, k))
  end
end

function kernels.TemporalConvolution_updateGradInput(input, gradOutput, gradInput, weight, kW, dW)
  check_sequence(input, nil, kW)
  gradInput:resize(input:size()):zero()
  local target, gradient = shapes.as_batch(gradInput, 3), shapes.as_batch(gradOutput:contiguous(), 3)
  local nBatch, nFrame = gradient:size(1), gradient:size(2)
  local rows = gradient.new(nBatch * nFrame, weight:size(2))
  rows:mm(gradient:view(nBatch * nFrame, gradient:size(3)), weight)
  scatter_windows(rows:view(nBatch, nFrame, weight:size(2)), target, kW, dW)
end

function kernels.TemporalConvolution_accGradParameters(input, gradOutput, gradWeight, gradBias, kW, dW, scale)
  check_sequence(input, nil, kW)
  local batch, gradient = shapes.as_batch(input:contiguous(), 3), shapes.as_batch(gradOutput:contiguous(), 3)
  local nRow = gradient:size(1) * gradient:size(2)
  local rows = windows(batch, kW, dW):contiguous():view(nRow, gradWeight:size(2))
  gradient = gradient:view(nRow, gradient:size(3))
  gradWeight:addmm(scale, gradient:t(), rows)
  gradBias:add(scale, gradient:sum(1))
end

-- Max pooling over time is spatial pooling over an image of one plane, nFrame high and frameSize wide.
local max_pool, max_pool_backward = aten.max_pool2d_with_indices, aten['max_pool2d_with_indices_backward.grad_input']

--- Gives a batch of sequences (or one) a plane dimension in front of the frames.
local function as_image(sequence)
  local batch = shapes.as_batch(sequence, 3)
  return nn.utils.addSingletonDimension(batch, 2)
end

function kernels.TemporalMaxPooling_updateOutput(input, output, indices, kW, dW)
  check_sequence(input, nil, kW)
  local values, places = max_pool(as_image(input:contiguous()), { kW, 1 }, { dW, 1 }, { 0, 0 }, { 1, 1 }, false)
  local size = input:size()
  size[#size - 1] = values:size(3)
  output:set(values:view(size))
  indices:set(places:view(size))
end

function kernels.TemporalMaxPooling_updateGradInput(input, gradOutput, gradInput, indices, kW, dW)
  check_sequence(input, nil, kW)
  gradInput:resizeAs(input)
  max_pool_backward(as_image(gradOutput:contiguous()), as_image(input:contiguous()), { kW, 1 }, { dW, 1 }, { 0, 0 },
    { 1, 1 }, false, as_image(indices), as_image(gradInput))
end

--- The sum of each window of kW frames, computed as kW strided views.
local function window_sums(batch, kW, dW)
  local nFrame = frames_after(batch:size(2), kW, dW)
  local total = batch.new(batch:size(1), nFrame, batch:size(3)):zero()
  for k = 1, kW do
    total:add(batch.new():set(batch:storage(), batch:storageOffset() + (k - 1) * batch:stride(2), total:size(),
      torch.LongStorage { batch:stride(1), dW * batch:stride(2), batch:stride(3) }))
  end
  return total
end

local function along_frames(vector, like)
  return vector:view(1, 1, vector:size(1)):expandAs(like)
end

function kernels.TemporalSubSampling_updateOutput(input, output, weight, bias, kW, dW, inputFrameSize)
  check_sequence(input, inputFrameSize, kW)
  local sums = window_sums(shapes.as_batch(input, 3), kW, dW)
  sums:cmul(along_frames(weight, sums)):add(along_frames(bias, sums))
  shapes.deliver(output, sums, input:dim() == 2)
end

function kernels.TemporalSubSampling_updateGradInput(input, gradOutput, gradInput, weight, kW, dW)
  gradInput:resize(input:size()):zero()
  local gradient = shapes.as_batch(gradOutput, 3)
  local weighted = torch.cmul(gradient, along_frames(weight, gradient))
  local repeated = nn.utils.addSingletonDimension(weighted, 3)
    :expand(weighted:size(1), weighted:size(2), kW, weighted:size(3)):contiguous()
  scatter_windows(repeated:view(weighted:size(1), weighted:size(2), kW * weighted:size(3)),
    shapes.as_batch(gradInput, 3), kW, dW)
end

function kernels.TemporalSubSampling_accGradParameters(input, gradOutput, gradWeight, gradBias, kW, dW, scale)
  local sums, gradient = window_sums(shapes.as_batch(input, 3), kW, dW), shapes.as_batch(gradOutput, 3)
  gradWeight:add(scale, sums:cmul(gradient):sum(1):sum(2))
  gradBias:add(scale, gradient:sum(1):sum(2))
end

-- A row convolution filters every feature on its own: a grouped convolution over time.
local convolution, convolution_backward = aten.convolution, aten.convolution_backward

--- batch x features x frames, from frames x features unless featFirst says that features already come first.
local function features_first(tensor, featFirst)
  local batch = shapes.as_batch(tensor, 3)
  return featFirst and batch or batch:transpose(2, 3)
end

function kernels.TemporalRowConvolution_updateOutput(input, output, weight, bias, _, _, kW, dW, padW, featFirst)
  local rows = features_first(input, featFirst)
  local size = rows:size(2)
  if size ~= weight:size(1) then
    error(('invalid input frame size. Got: %d, Expected: %d'):format(size, weight:size(1)), 2)
  end
  local result = convolution(rows, weight:view(size, 1, kW), bias, { dW }, { padW }, { 1 }, false, { 0 }, size)
  if not featFirst then result = result:transpose(2, 3):contiguous() end
  shapes.deliver(output, result, input:dim() == 2)
end

local function row_backward(input, gradOutput, weight, biases, kW, dW, padW, featFirst, mask)
  local rows, size = features_first(input, featFirst), weight:size(1)
  return convolution_backward(features_first(gradOutput, featFirst), rows, weight:view(size, 1, kW), biases, { dW },
    { padW }, { 1 }, false, { 0 }, size, mask)
end

function kernels.TemporalRowConvolution_updateGradInput(input, gradOutput, gradInput, weight, _, _, kW, dW, padW,
                                                        featFirst)
  local gradient = row_backward(input, gradOutput, weight, nil, kW, dW, padW, featFirst, { true, false, false })
  if not featFirst then gradient = gradient:transpose(2, 3):contiguous() end
  shapes.deliver(gradInput, gradient, input:dim() == 2)
end

function kernels.TemporalRowConvolution_accGradParameters(input, gradOutput, gradWeight, gradBias, _, _, kW, dW, padW,
                                                          featFirst, scale)
  local biases = gradBias and { gradBias:nElement() }
  local _, forWeight, forBias = row_backward(input, gradOutput, gradWeight, biases, kW, dW, padW, featFirst,
    { false, true, gradBias ~= nil })
  gradWeight:add(scale, forWeight:viewAs(gradWeight))
  if gradBias then gradBias:add(scale, forBias) end
end

return kernels
