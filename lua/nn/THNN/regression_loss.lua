--- Losses between tensors of equal element counts. The loss goes into the one-element tensor `output`. On the CPU the
-- bridge adds the terms as the original did; other devices have ATen's sums.
local bridge = require 'bridge'

local C, aten = bridge.C, bridge.aten
local kernels = {}
local MEAN, SUM = 1, 2

local function reduction(sizeAverage) return sizeAverage and MEAN or SUM end

--- `tensor` in the shape of `like`; raises where the element counts differ.
local function matched(tensor, like)
  if tensor:isSameSizeAs(like) then return tensor end
  if tensor:nElement() ~= like:nElement() then
    error(('input and target should have the same number of elements: input has %d, target %d')
      :format(like:nElement(), tensor:nElement()), 3)
  end
  return tensor:contiguous():viewAs(like)
end

local function report(output, value)
  output:resize(1):fill(value)
end

local function on_cpu(tensor) return C.fbl_device(tensor) < 0 end

--- Makes `kernels[name]` add on the CPU: kind is the loss's number in the bridge. weights: one for each element.
local function sum_on_cpu(name, kind)
  local elsewhere = kernels[name]
  kernels[name] = function(input, target, output, sizeAverage, margin, weights)
    if not on_cpu(input) then return elsewhere(input, target, output, sizeAverage, margin, weights) end
    if C.fbl_loss(kind, output, input, matched(target, input), weights, margin or 0, sizeAverage and 1 or 0) ~= 0 then
      bridge.fail()
    end
  end
end

--- Declares a loss whose two directions ATen has under one reduction argument.
-- loss(input, target, reduction) → scalar; gradient(one, input, target, reduction, gradInput).
local function declare(name, loss, gradient)
  kernels[name .. '_updateOutput'] = function(input, target, output, sizeAverage)
    report(output, loss(input, matched(target, input), reduction(sizeAverage)):sum())
  end
  kernels[name .. '_updateGradInput'] = function(input, target, gradInput, sizeAverage)
    gradInput:resizeAs(input)
    gradient(input.new(1):fill(1), input, matched(target, input), reduction(sizeAverage), gradInput)
  end
end

local mse_loss, mse_loss_backward = aten.mse_loss, aten['mse_loss_backward.grad_input']
declare('MSECriterion', mse_loss, mse_loss_backward)
sum_on_cpu('MSECriterion_updateOutput', C.FBL_LOSS_SQUARE)

local smooth_l1, smooth_l1_backward = aten.smooth_l1_loss, aten['smooth_l1_loss_backward.grad_input']
declare('SmoothL1Criterion', function(input, target, reduce) return smooth_l1(input, target, reduce, 1) end,
  function(one, input, target, reduce, gradInput) smooth_l1_backward(one, input, target, reduce, 1, gradInput) end)

sum_on_cpu('SmoothL1Criterion_updateOutput', C.FBL_LOSS_SMOOTH)

local soft_margin, soft_margin_backward = aten.soft_margin_loss, aten['soft_margin_loss_backward.grad_input']
declare('SoftMarginCriterion', soft_margin, soft_margin_backward)
sum_on_cpu('SoftMarginCriterion_updateOutput', C.FBL_LOSS_SOFT_HINGE)

local function normaliser(input, sizeAverage)
  return sizeAverage and 1 / input:nElement() or 1
end

--- The weight of element i of a sample, repeated over the batch.
local function per_element(weights, input)
  if weights:nElement() == input:nElement() then return weights end
  return weights:view(1, weights:nElement()):expandAs(input)
end

local TINY = 1e-12 -- keeps the logarithms and quotients of BCE finite at 0 and 1

-- -(t log(x + TINY) + (1 - t) log(1 - x + TINY))
function kernels.BCECriterion_updateOutput(input, target, output, sizeAverage, weights)
  target = matched(target, input)
  if on_cpu(input) then
    weights = weights and per_element(weights, input)
    if C.fbl_loss(C.FBL_LOSS_CROSS_ENTROPY, output, input, target, weights, 0, sizeAverage and 1 or 0) ~= 0 then
      bridge.fail()
    end
    return
  end
  local certain = torch.add(input, TINY):log()
  local otherwise = torch.mul(input, -1):add(1 + TINY):log()
  certain:add(-1, otherwise):cmul(target):add(otherwise)
  if weights then certain:cmul(per_element(weights, input)) end
  report(output, -certain:sum() * normaliser(input, sizeAverage))
end

function kernels.BCECriterion_updateGradInput(input, target, gradInput, sizeAverage, weights)
  target = matched(target, input)
  if on_cpu(input) then
    if C.fbl_cross_entropy_input(gradInput, input, target, sizeAverage and 1 or 0) ~= 0 then bridge.fail() end
  else
    local denominator = torch.mul(input, -1):add(1 + TINY):cmul(torch.add(input, TINY))
    gradInput:resizeAs(input):add(input, -1, target):cdiv(denominator):mul(normaliser(input, sizeAverage))
  end
  if weights then gradInput:cmul(per_element(weights, input)) end
end

function kernels.AbsCriterion_updateOutput(input, target, output, sizeAverage)
  report(output, input:dist(matched(target, input), 1) * normaliser(input, sizeAverage))
end

sum_on_cpu('AbsCriterion_updateOutput', C.FBL_LOSS_ABSOLUTE)

-- a difference of 0 counts as positive
local copysign = aten['copysign.out']
function kernels.AbsCriterion_updateGradInput(input, target, gradInput, sizeAverage)
  local difference = torch.add(input, -1, matched(target, input))
  gradInput:resizeAs(input):fill(normaliser(input, sizeAverage))
  copysign(gradInput, difference, gradInput)
end

-- only positive targets contribute: t (log t - x)
local xlogy = aten.xlogy
function kernels.DistKLDivCriterion_updateOutput(input, target, output, sizeAverage)
  local positive = torch.cmax(matched(target, input), 0)
  local loss = xlogy(positive, positive):sum() - torch.cmul(positive, input):sum()
  report(output, loss * normaliser(input, sizeAverage))
end

sum_on_cpu('DistKLDivCriterion_updateOutput', C.FBL_LOSS_DIVERGENCE)

function kernels.DistKLDivCriterion_updateGradInput(input, target, gradInput, sizeAverage)
  gradInput:resizeAs(input):cmax(matched(target, input), 0):mul(-normaliser(input, sizeAverage))
end

function kernels.L1Cost_updateOutput(input, output)
  report(output, input:norm(1))
end

function kernels.L1Cost_updateGradInput(input, _, gradInput)
  gradInput:resizeAs(input)
  aten['sign.out'](input, gradInput)
end

local function hinge(input, target, margin)
  return torch.cmul(input, matched(target, input)):neg():add(margin)
end

function kernels.MarginCriterion_updateOutput(input, target, output, sizeAverage, margin)
  report(output, hinge(input, target, margin):cmax(0):sum() * normaliser(input, sizeAverage))
end

sum_on_cpu('MarginCriterion_updateOutput', C.FBL_LOSS_HINGE)

local threshold_backward = aten['threshold_backward.grad_input']
function kernels.MarginCriterion_updateGradInput(input, target, gradInput, sizeAverage, margin)
  local slack = hinge(input, target, margin)
  local slope = torch.mul(matched(target, input), -normaliser(input, sizeAverage))
  gradInput:resizeAs(input)
  threshold_backward(slope, slack, 0, gradInput)
end

return kernels
