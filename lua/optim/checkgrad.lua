--- optim.checkgrad(opfunc, x[, eps = 1e-7]): compares the gradient with central differences.
-- Returns |dC - dC_est| / |dC + dC_est|, the gradient and the estimate. The gradient is the tensor that opfunc returned
-- first: a function that fills one tensor again and again leaves its last gradient there.
return function(opfunc, x, eps)
  eps = eps or 1e-7
  local _, gradient = opfunc(x)
  gradient:resize(x:size())
  local estimate = gradient.new():resizeAs(gradient)
  local function value() return (opfunc(x)) end
  for i = 1, gradient:size(1) do
    local kept = x[i]
    x[i] = kept + eps
    local above = value()
    if torch.isTensor(above) then above = above:clone() end
    -- Two steps back from there, not one from `kept`: the last digits of the estimate hang on it.
    x[i] = x[i] - 2 * eps
    local below = value()
    x[i] = kept
    local difference = above - below
    estimate[i] = (torch.isTensor(difference) and difference:sum() or difference) / (2 * eps)
  end
  local ratio = torch.norm(gradient - estimate) / torch.norm(gradient + estimate)
  return ratio, gradient, estimate
end
