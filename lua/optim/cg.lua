--- optim.cg: conjugate gradients (Polak-Ribiere) with a line search by cubic interpolation (Rasmussen's minimize).
-- config: maxIter 20, maxEval 1.25 maxIter, rho 0.01 and sig 0.5 (Wolfe-Powell conditions), int 0.1, ext 3, ratio 100.
-- state: df0 df1 df2 df3 s x0. Returns x, the function values of the accepted points, and the number of evaluations.
local buffers = require 'optim.buffers'

local function finite(number)
  return number == number and number ~= math.huge and number ~= -math.huge
end

--- Coefficients of the cubic through values and slopes at two points a distance z apart.
local function cubic(f2, f3, d2, d3, z)
  return 6 * (f2 - f3) / z + 3 * (d2 + d3), 3 * (f3 - f2) - z * (d3 + 2 * d2)
end

--- Where between the points 3 and 2 the minimum is expected, as a step from point 2.
local function step_inwards(near, far, start_value, int)
  local z = far.z
  local step
  if near.f > start_value then
    step = z - (0.5 * far.d * z * z) / (far.d * z + near.f - far.f)
  else
    local a, b = cubic(near.f, far.f, near.d, far.d, z)
    step = (math.sqrt(b * b - a * near.d * z * z) - b) / a
  end
  if not finite(step) then step = z / 2 end
  return math.max(math.min(step, int * z), (1 - int) * z)
end

--- How far to go beyond point 2 when it still falls: `limit` is the known upper bound of the line, or negative.
local function step_outwards(near, far, length, limit, int, ext)
  local z = far.z
  local a, b = cubic(near.f, far.f, near.d, far.d, z)
  local step = -near.d * z * z / (b + math.sqrt(b * b - a * near.d * z * z))
  local bounded = limit > -0.5
  if not finite(step) or step < 0 then
    return bounded and (limit - length) / 2 or length * (ext - 1)
  elseif bounded and step + length > limit then
    return (limit - length) / 2
  elseif not bounded and step + length > length * ext then
    return length * (ext - 1)
  elseif step < -z * int then
    return -z * int
  elseif bounded and step < (limit - length) * (1 - int) then
    return (limit - length) * (1 - int)
  end
  return step
end

return function(opfunc, x, config, state)
  config, state = buffers.options(config, state)
  local rho, sig = config.rho or 0.01, config.sig or 0.5
  local int, ext = config.int or 0.1, config.ext or 3
  local maxIter = config.maxIter or 20
  local maxEval = config.maxEval or maxIter * 1.25

  local function vector(name) return buffers.zeros(state, name, x, x):resizeAs(x) end
  local df0, df1, df2, x0, s = vector 'df0', vector 'df1', vector 'df2', vector 'x0', vector 's'
  vector 'df3'

  local evaluations = 0
  --- Moves x along s and evaluates there: value and slope along s; the gradient goes into df2.
  local function evaluate(step)
    x:add(step, s)
    local value, gradient = opfunc(x)
    df2:copy(gradient)
    evaluations = evaluations + 1
    return { f = value, d = df2:dot(s) }
  end

  local value, gradient = opfunc(x)
  evaluations = 1
  df1:copy(gradient)
  local history = { value }
  s:mul(df1, -1)
  local slope = -s:dot(s)
  local length = 1 / (1 - slope)

  while evaluations < math.abs(maxEval) do
    x0:copy(x)
    df0:copy(df1)
    local start_value = value
    local near = evaluate(length)
    local far = { f = value, d = slope, z = -length }
    local left = math.min(maxIter, maxEval - evaluations)
    local limit, success = -1, false
    local function too_high() return near.f > value + length * rho * slope or near.d > -sig * slope end

    while true do
      while too_high() and left > 0 do
        limit = length
        local step = step_inwards(near, far, value, int)
        length = length + step
        near = evaluate(step)
        left = left - 1
        far.z = far.z - step
      end
      if too_high() then break end
      if near.d > sig * slope then
        success = true
        break
      end
      if left == 0 then break end
      local step = step_outwards(near, far, length, limit, int, ext)
      far = { f = near.f, d = near.d, z = -step }
      length = length + step
      near = evaluate(step)
      left = left - 1
    end

    if not success then
      -- back to the best point: a failed line search ends the minimisation
      x:copy(x0)
      df1:copy(df0)
      value = start_value
      break
    end
    value = near.f
    history[#history + 1] = value
    local conjugacy = (df2:dot(df2) - df2:dot(df1)) / df1:dot(df1)
    s:mul(conjugacy):add(-1, df2)
    df1, df2 = df2, df1
    local new_slope = df1:dot(s)
    if new_slope > 0 then
      s:mul(df1, -1)
      new_slope = -s:dot(s)
    end
    length = length * math.min(config.ratio or 100, slope / (new_slope - 1e-320))
    slope = new_slope
  end

  state.df1, state.df2 = df1, df2
  return x, history, evaluations
end
