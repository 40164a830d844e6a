--- optim.checkgrad(opfunc, x[, eps = 1e-7]): compares the gradient with central differences.
-- Returns |dC - dC_est| / |dC + dC_est|, the gradient and the estimate.
return function(opfunc, x, eps)
  eps = eps or 1e-7
  local _, gradient = opfunc(x)
  -- later calls may reuse the tensor that opfunc returns
  gradient = gradient:clone():resize(x:size())
  local estimate = gradient.new():resizeAs(gradient)
  local function value() return (opfunc(x)) end
  for i = 1, gradient:size(1) do
    local kept = x[i]
    x[i] = kept + eps
    local above = value()
    if torch.isTensor(above) then above = above:clone() end
    x[i] = kept - eps
    local below = value()
    x[i] = kept
    local difference = above - below
    estimate[i] = (torch.isTensor(difference) and difference:sum() or difference) / (2 * eps)
  end
  local ratio = torch.norm(gradient - estimate) / torch.norm(gradient + estimate)
  return ratio, gradient, estimate
end
