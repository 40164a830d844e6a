--- Weight normalisation (Salimans and Kingma, 2016): w = g v / |v|, row by row of a matrix.
local weight_norm = {}

--- Gradients of g (rows x 1) and of v from the gradient of w. `scale` is g / |v|, `norm` |v| (both rows x 1).
function weight_norm.gradients(forWeight, v, scale, norm)
  local forG = torch.cmul(forWeight, v):cdiv(norm:expandAs(v)):sum(2)
  local along = torch.cmul(v, scale:expandAs(v)):cdiv(norm:expandAs(v)):cmul(forG:expandAs(v))
  return forG, torch.cmul(forWeight, scale:expandAs(v)):add(-1, along)
end

return weight_norm
