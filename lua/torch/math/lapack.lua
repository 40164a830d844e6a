--- Linear algebra by LAPACK. Every function takes its results first or makes them; matrices come out column by column in
-- memory, as LAPACK wrote them, so most results are not contiguous.
local bridge = require 'bridge'
local torch = require 'torch.namespace'
local overload = require 'torch.overload'
local shape = require 'torch.shape'
local tensors = require 'torch.tensor.metatype'

local C, aten, fail, raise = bridge.C, bridge.aten, bridge.fail, bridge.raise
local define, real = overload.define, overload.real

local function size(t, d) return tonumber(C.fbl_size(t, d - 1)) end

local function check_matrix(a, position, name)
  if C.fbl_dim(a) ~= 2 then
    raise("bad argument #%d to '%s' (A should have 2 dimensions, but has %d)", position, name, C.fbl_dim(a))
  end
  return a
end

local function check_square(a, position, name)
  check_matrix(a, position, name)
  if size(a, 1) ~= size(a, 2) then
    raise("bad argument #%d to '%s' (A should be square, but is %s)", position, name, shape.describe(a))
  end
  return a
end

-- Right-hand sides: a vector stands for a matrix of one column.
local function columns(b, rows, name)
  if C.fbl_dim(b) == 1 then b = b:view(-1, 1) end
  if C.fbl_dim(b) ~= 2 then
    raise("bad argument #1 to '%s' (B should have 1 or 2 dimensions, but has %d)", name, C.fbl_dim(b))
  end
  if size(b, 1) ~= rows then
    raise("bad argument #2 to '%s' (A,B size incompatible - A has %d rows, B has %d)", name, rows, size(b, 1))
  end
  return b
end

-- Number of the first failing pivot, or 0.
local function check(info, message, ...)
  local at = info[1]
  if at ~= 0 then raise(message, ..., at, at) end
end

-- Gives a result its value. A matrix that is laid out otherwise on purpose (a view of the right size) keeps its strides.
local function put(result, value)
  local rows, count = size(value, 1), C.fbl_dim(value) == 2 and size(value, 2) or nil
  if not count then return result:resize(rows):copy(value) end
  if C.fbl_same_size(result, value) == 0 or C.fbl_is_contiguous(result) ~= 0 then
    result:resize(count, rows)
    result:set(result:storage(), result:storageOffset(), torch.LongStorage { rows, count }, torch.LongStorage { 1, rows })
  end
  return result:copy(value)
end

-- Result i of a list, put in place, and those after it.
local function put_all(results, values, i, n)
  if i == n then return put(results[i], values[i]) end
  return put(results[i], values[i]), put_all(results, values, i + 1, n)
end

--- Defines a function from the number of its results, their kinds, and the spec of its inputs.
local function lapack(name, kinds, inputs, compute)
  local n = 0
  for _ in kinds:gmatch('%a') do n = n + 1 end
  local results = kinds:gsub('(%a)', '%1!, ')

  local function given(...)
    local targets = { ... }
    return put_all(targets, { compute(unpack(targets, n + 1)) }, 1, n)
  end

  local function fresh(...)
    local values, targets = { compute(...) }, {}
    for i = 1, n do targets[i] = torch.getmetatable(values[i]:type()).new() end
    return put_all(targets, values, 1, n)
  end

  define(name, { types = real, func = { { results .. inputs, given }, { inputs, fresh } } })
end

--------------------------------------------------------------------------------------------------
-- Systems of equations

lapack('gesv', 'TT', 'T, T', function(b, a)
  check_square(a, 2, 'gesv')
  b = columns(b, size(a, 1), 'gesv')
  local lu, pivots, info = aten.linalg_lu_factor_ex(a, true, false)
  check(info, 'Lapack Error in %s : U(%d,%d) is zero, singular U.', 'gesv')
  return aten.linalg_lu_solve(lu, pivots, b, true, false), lu
end)

lapack('trtrs', 'TT', 'T, T, U|L=U, N|T=N, N|U=N', function(b, a, part, transposed, unit)
  check_square(a, 2, 'trtrs')
  b = columns(b, size(a, 1), 'trtrs')
  if unit == 'N' then
    local zeros = aten.nonzero(aten['eq.Scalar'](aten.diagonal(a), 0))
    if C.fbl_numel(zeros) > 0 then
      local at = tonumber(zeros:min()) + 1
      raise('Lapack Error in trtrs : A(%d,%d) is zero, singular A', at, at)
    end
  end
  local upper, matrix = part == 'U', a
  if transposed == 'T' then matrix, upper = a:t(), not upper end
  -- The other triangle is not looked at.
  return aten.linalg_solve_triangular(matrix, b, upper, true, unit == 'U'), a
end)

-- A factor's rows and columns that count: x solves it for the first rows of b.
local function solve_factor(factor, b, upper)
  local zeros = aten.nonzero(aten['eq.Scalar'](aten.diagonal(factor), 0))
  if C.fbl_numel(zeros) > 0 then
    raise('Lapack Error in gels : The %d-th diagonal element of the triangular factor of A is zero', tonumber(zeros:min()) + 1)
  end
  return aten.linalg_solve_triangular(factor, b, upper)
end

-- Least squares where there are more equations than unknowns, the smallest solution where there are fewer.
lapack('gels', 'TT', 'T, T', function(b, a)
  check_matrix(a, 2, 'gels')
  local m, n = size(a, 1), size(a, 2)
  b = columns(b, m, 'gels')
  if m >= n then
    local qr, tau = aten.geqrf(a)
    local rotated = aten.ormqr(qr, tau, b, true, true)
    return solve_factor(qr:narrow(1, 1, n), rotated:narrow(1, 1, n), true), qr
  end
  local qr, tau = aten.geqrf(a:t())
  local padded = b.new(n, size(b, 2)):zero()
  padded:narrow(1, 1, m):copy(solve_factor(qr:narrow(1, 1, m):t(), b, false))
  return aten.ormqr(qr, tau, padded), qr:t()
end)

lapack('inverse', 'T', 'T', function(a)
  check_square(a, 1, 'inverse')
  local inverse, info = aten.linalg_inv_ex(a)
  check(info, 'Lapack Error %s : U(%d,%d) is 0, U is singular', 'getri')
  return inverse
end)

--------------------------------------------------------------------------------------------------
-- Eigenvalues and singular values

lapack('symeig', 'TT', 'T, N|V=N, U|L=U', function(a, job, part)
  check_square(a, 1, 'symeig')
  local values, vectors = aten._linalg_eigh(a, part, job == 'V')
  -- Without vectors the original left its work space in the second result; here that is the matrix.
  return values, job == 'V' and vectors or a
end)

lapack('eig', 'TT', 'T, N|V=N', function(a, job)
  check_square(a, 1, 'eig')
  local ctype = tensors.ctype[a.__code]
  local values, vectors = ctype(), job == 'V' and ctype() or nil
  if C.fbl_eig(values, vectors, a) ~= 0 then fail() end
  return tensors.charge(values), vectors and tensors.charge(vectors) or a.new(1, 1):zero()
end)

lapack('svd', 'TTT', 'T, A|S=S', function(a, job)
  check_matrix(a, 1, 'svd')
  local u, s, vt = aten.linalg_svd(a, job == 'A')
  return u, s, vt:t()
end)

--------------------------------------------------------------------------------------------------
-- Cholesky

lapack('potrf', 'T', 'T, U|L=U', function(a, part)
  check_square(a, 1, 'potrf')
  local factor, info = aten.linalg_cholesky_ex(a, part == 'U')
  local at = info[1]
  if at ~= 0 then raise('Lapack Error in potrf : the leading minor of order %d is not positive definite', at) end
  return factor
end)

lapack('potrs', 'T', 'T, T, U|L=U', function(b, factor, part)
  check_square(factor, 2, 'potrs')
  return aten.cholesky_solve(columns(b, size(factor, 1), 'potrs'), factor, part == 'U')
end)

lapack('potri', 'T', 'T, U|L=U', function(factor, part)
  check_square(factor, 1, 'potri')
  return aten.cholesky_inverse(factor, part == 'U')
end)

lapack('pstrf', 'TI', 'T, U|L=U, num=-1', function(a, part, tolerance)
  check_square(a, 1, 'pstrf')
  local factor, pivots = tensors.ctype[a.__code](), torch.IntTensor()
  if C.fbl_pstrf(factor, pivots, a, part == 'U' and 1 or 0, tolerance) ~= 0 then fail() end
  return tensors.charge(factor), pivots
end)

--------------------------------------------------------------------------------------------------
-- QR

lapack('qr', 'TT', 'T', function(a)
  check_matrix(a, 1, 'qr')
  return aten.linalg_qr(a, 'reduced')
end)

lapack('geqrf', 'TT', 'T', function(a)
  check_matrix(a, 1, 'geqrf')
  return aten.geqrf(a)
end)

lapack('orgqr', 'T', 'T, T', function(a, tau)
  check_matrix(a, 1, 'orgqr')
  -- Q has at most as many columns as rows.
  if size(a, 2) > size(a, 1) then a = a:narrow(2, 1, size(a, 1)) end
  return aten.linalg_householder_product(a, tau)
end)

lapack('ormqr', 'T', 'T, T, T, L|R=L, N|T=N', function(a, tau, c, side, transposed)
  check_matrix(a, 1, 'ormqr')
  check_matrix(c, 3, 'ormqr')
  return aten.ormqr(a, tau, c, side == 'L', transposed == 'T')
end)
