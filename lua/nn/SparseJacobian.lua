--- nn.SparseJacobian: nn.Jacobian for inputs that are matrices with rows {index, value}; the values are varied.
local function values(matrix)
  return matrix:select(2, 2)
end

return require('nn.support.jacobians')(values, values)
