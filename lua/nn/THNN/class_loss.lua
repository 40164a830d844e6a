--- Losses whose target names classes (1-based). The loss goes into the one-element tensor `output`.
local bridge = require 'bridge'

local C, aten = bridge.C, bridge.aten

local kernels = {}
local NONE_LEFT, MEAN, SUM = 0, 1, 2

local function reduction(sizeAverage) return sizeAverage and MEAN or SUM end

local less_one = aten['sub.Scalar']
--- 0-based class numbers as ATen wants them.
local function zero_based(target)
  if torch.typename(target):find('Int') then target = target:long() end
  return less_one(target, 1, 1)
end

--- A view of one sample as a batch of one.
local function as_batch(tensor, ndim)
  if tensor:dim() == ndim then return tensor end
  return nn.utils.addSingletonDimension(tensor, 1)
end

local function check_sizes(input, target, weights, classes)
  if input:size(1) ~= target:size(1) then
    error(('mismatch between the batch size of input (%d) and that of target (%d)')
      :format(input:size(1), target:size(1)), 3)
  end
  if weights and weights:nElement() ~= classes then
    error(('weight tensor should be defined either for all %d classes or no classes, got %d')
      :format(classes, weights:nElement()), 3)
  end
end

--- Negative log likelihood over ATen's forward and backward of the given rank.
local function declare_likelihood(name, ndim, forward, backward, default_ignored)
  kernels[name .. '_updateOutput'] = function(input, target, output, sizeAverage, weights, total_weight, ignored)
    if input:dim() > ndim then
      error(('input tensor should be %dD or %dD, got %dD'):format(ndim - 1, ndim, input:dim()), 2)
    end
    input, target = as_batch(input, ndim), as_batch(target, ndim - 1)
    check_sizes(input, target, weights, input:size(2))
    local loss, total = forward(input, zero_based(target), weights, SUM, (ignored or default_ignored) - 1)
    loss, total = loss:sum(), total:sum()
    total_weight:resize(1):fill(total)
    output:resize(1):fill(sizeAverage and total ~= NONE_LEFT and loss / total or loss)
  end
  kernels[name .. '_updateGradInput'] = function(input, target, gradInput, sizeAverage, weights, total_weight, ignored)
    gradInput:resizeAs(input)
    if total_weight[1] <= 0 then
      gradInput:zero()
      return
    end
    local sample = as_batch(gradInput, ndim)
    input, target = as_batch(input, ndim), as_batch(target, ndim - 1)
    check_sizes(input, target, weights, input:size(2))
    backward(input.new(1):fill(1), input, zero_based(target), weights, reduction(sizeAverage),
      (ignored or default_ignored) - 1, total_weight, sample)
  end
end

declare_likelihood('ClassNLLCriterion', 2, aten.nll_loss_forward, aten['nll_loss_backward.grad_input'], -100)
-- On the CPU class numbers of vectors and matrices go straight to the bridge.
local elsewhere_forward, elsewhere_backward =
  kernels.ClassNLLCriterion_updateOutput, kernels.ClassNLLCriterion_updateGradInput

local function long(target)
  return torch.typename(target) == 'torch.LongTensor' and target or target:long()
end

function kernels.ClassNLLCriterion_updateOutput(input, target, output, sizeAverage, weights, total_weight, ignored)
  if C.fbl_device(input) >= 0 then
    return elsewhere_forward(input, target, output, sizeAverage, weights, total_weight, ignored)
  end
  if C.fbl_likelihood(output, total_weight, input, long(target), weights, sizeAverage and 1 or 0, ignored or -100) ~= 0 then
    bridge.fail()
  end
end

function kernels.ClassNLLCriterion_updateGradInput(input, target, gradInput, sizeAverage, weights, total_weight, ignored)
  if C.fbl_device(input) >= 0 then
    return elsewhere_backward(input, target, gradInput, sizeAverage, weights, total_weight, ignored)
  end
  if C.fbl_likelihood_input(gradInput, total_weight, input, long(target), weights, sizeAverage and 1 or 0,
      ignored or -100) ~= 0 then
    bridge.fail()
  end
end

declare_likelihood('SpatialClassNLLCriterion', 4, aten.nll_loss2d_forward, aten['nll_loss2d_backward.grad_input'], -100)

local multi_margin, multi_margin_backward = aten.multi_margin_loss, aten['multi_margin_loss_backward.grad_input']

function kernels.MultiMarginCriterion_updateOutput(input, target, output, sizeAverage, p, weights, margin)
  local loss = multi_margin(as_batch(input, 2), zero_based(target), p, margin, weights, reduction(sizeAverage))
  output:resize(1):fill(loss:sum())
end

function kernels.MultiMarginCriterion_updateGradInput(input, target, gradInput, sizeAverage, p, weights, margin)
  gradInput:resizeAs(input)
  multi_margin_backward(input.new(1):fill(1), as_batch(input, 2), zero_based(target), p, margin, weights,
    reduction(sizeAverage), as_batch(gradInput, 2))
end

local multilabel, multilabel_backward =
  aten.multilabel_margin_loss_forward, aten['multilabel_margin_loss_backward.grad_input']

function kernels.MultiLabelMarginCriterion_updateOutput(input, target, output, isTarget, sizeAverage)
  local loss, flags = multilabel(input, zero_based(target), reduction(sizeAverage))
  output:resize(1):fill(loss:sum())
  isTarget:set(flags)
end

function kernels.MultiLabelMarginCriterion_updateGradInput(input, target, gradInput, isTarget, sizeAverage)
  gradInput:resizeAs(input)
  multilabel_backward(input.new(1):fill(1), input, zero_based(target), reduction(sizeAverage), isTarget, gradInput)
end

return kernels
