--- The cosine of the angle between corresponding rows of two matrices, and its derivatives.
local cosine = {}

local TINY = 1e-12 -- added to squared lengths, so that zero vectors give 0 and not NaN

local function dot_rows(a, b)
  return torch.cmul(a, b):sum(2)
end

--- Two matrices: vectors become matrices of one row.
function cosine.rows(a, b)
  if a:dim() == 1 then return a:contiguous():view(1, a:size(1)), b:contiguous():view(1, b:size(1)) end
  return a:contiguous(), b:contiguous()
end

--- For N x d matrices: a table with the cosines (`value`, N x 1), the scalar products and inverse squared lengths.
function cosine.forward(a, b)
  local terms = { product = dot_rows(a, b), inverse_a = dot_rows(a, a):add(TINY):cinv(),
                  inverse_b = dot_rows(b, b):add(TINY):cinv() }
  terms.scale = torch.cmul(terms.inverse_a, terms.inverse_b):sqrt()
  terms.value = torch.cmul(terms.product, terms.scale)
  return terms
end

--- Puts d value / d a, row by row, into `gradient`; `inverse` is that of a's squared length.
function cosine.derivative(gradient, terms, a, b, inverse)
  gradient:resizeAs(a):copy(b)
  gradient:addcmul(-1, torch.cmul(terms.product, inverse):expandAs(a), a)
  return gradient:cmul(terms.scale:expandAs(a))
end

return cosine
