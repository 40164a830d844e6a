--- optim.polyinterp(points[, xmin[, xmax]]): where the polynomial through the given values and slopes is smallest.
-- points: rows {x, f, slope}. The search is between xmin and xmax (the outermost points unless told). For two points without
-- bounds the closed form for the cubic is used. Returns the place, and the value there when it was searched for.

--- Minimum of the cubic through two points, kept between them; their middle where the cubic has none.
local function cubic_minimum(left, right)
  local d1 = left.slope + right.slope - 3 * (left.f - right.f) / (left.x - right.x)
  local d2 = math.sqrt(d1 ^ 2 - left.slope * right.slope)
  if d2 ~= d2 then return (left.x + right.x) / 2 end
  local x = right.x - (right.x - left.x) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2))
  return math.min(math.max(x, left.x), right.x)
end

--- Solves the square system `rows` (right-hand side last) by elimination with row exchanges.
local function solve(rows)
  local n = #rows
  for k = 1, n do
    local pivot = k
    for i = k + 1, n do
      if math.abs(rows[i][k]) > math.abs(rows[pivot][k]) then pivot = i end
    end
    rows[k], rows[pivot] = rows[pivot], rows[k]
    for i = k + 1, n do
      local factor = rows[i][k] / rows[k][k]
      for j = k, n + 1 do rows[i][j] = rows[i][j] - factor * rows[k][j] end
    end
  end
  local solution = {}
  for k = n, 1, -1 do
    local value = rows[k][n + 1]
    for j = k + 1, n do value = value - rows[k][j] * solution[j] end
    solution[k] = value / rows[k][k]
  end
  return solution
end

--- Coefficients, highest power first, of the polynomial with the points' values and slopes.
local function interpolate(points)
  local order, rows = 2 * #points - 1, {}
  for i, point in ipairs(points) do
    local values, slopes = {}, {}
    for power = order, 0, -1 do
      values[order - power + 1] = point.x ^ power
      slopes[order - power + 1] = power == 0 and 0 or power * point.x ^ (power - 1)
    end
    values[order + 2], slopes[order + 2] = point.f, point.slope
    rows[i], rows[#points + i] = values, slopes
  end
  local coefficients = solve(rows)
  for i, value in ipairs(coefficients) do
    if math.abs(value) <= 1e-12 then coefficients[i] = 0 end
  end
  return coefficients
end

local function evaluate(coefficients, x)
  local value = 0
  for _, coefficient in ipairs(coefficients) do value = value * x + coefficient end
  return value
end

local function derivative(coefficients)
  local slopes = {}
  for i = 1, #coefficients - 1 do slopes[i] = coefficients[i] * (#coefficients - i) end
  return slopes
end

--- Real roots in [low, high]: between two neighbouring extrema a polynomial is monotonic, so bisection finds what is there.
local function real_roots(coefficients, low, high)
  while coefficients[1] and math.abs(coefficients[1]) < 1e-12 do
    coefficients = { unpack(coefficients, 2) }
  end
  if #coefficients < 2 then return {} end
  if #coefficients == 2 then return { -coefficients[2] / coefficients[1] } end
  if #coefficients == 3 then
    local a, b, c = unpack(coefficients)
    local discriminant = b * b - 4 * a * c
    if discriminant < 0 then return {} end
    -- the form without cancellation
    local q = -(b + (b < 0 and -1 or 1) * math.sqrt(discriminant)) / 2
    return q == 0 and { 0 } or { q / a, c / q }
  end
  local edges = { low }
  local extrema = real_roots(derivative(coefficients), low, high)
  table.sort(extrema)
  for _, x in ipairs(extrema) do
    if x > low and x < high then edges[#edges + 1] = x end
  end
  edges[#edges + 1] = high
  local roots = {}
  for i = 1, #edges - 1 do
    local a, b = edges[i], edges[i + 1]
    local fa, fb = evaluate(coefficients, a), evaluate(coefficients, b)
    if fa == 0 then
      roots[#roots + 1] = a
    elseif fa * fb < 0 then
      for _ = 1, 200 do
        local middle = (a + b) / 2
        if middle == a or middle == b then break end
        local fm = evaluate(coefficients, middle)
        if fm * fa > 0 then a, fa = middle, fm else b = middle end
      end
      roots[#roots + 1] = (a + b) / 2
    end
  end
  return roots
end

return function(points, xmin, xmax)
  local list = {}
  for i = 1, points:size(1) do list[i] = { x = points[i][1], f = points[i][2], slope = points[i][3] } end
  local low, high = math.huge, -math.huge
  for _, point in ipairs(list) do
    low, high = math.min(low, point.x), math.max(high, point.x)
  end
  if #list == 2 and not xmin and not xmax then
    local first, second = list[1], list[2]
    if second.x < first.x then first, second = second, first end
    return cubic_minimum(first, second)
  end
  low, high = xmin or low, xmax or high

  local coefficients = interpolate(list)
  local candidates = { low, high }
  for _, point in ipairs(list) do candidates[#candidates + 1] = point.x end
  local usable = true
  for _, value in ipairs(coefficients) do usable = usable and value == value and math.abs(value) ~= math.huge end
  if usable then
    for _, x in ipairs(real_roots(derivative(coefficients), low, high)) do candidates[#candidates + 1] = x end
  end
  local place, smallest = (low + high) / 2, math.huge
  for _, x in ipairs(candidates) do
    if x >= low and x <= high then
      local value = evaluate(coefficients, x)
      if value < smallest then place, smallest = x, value end
    end
  end
  return place, smallest
end
