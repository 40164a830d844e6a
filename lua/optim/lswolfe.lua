--- optim.lswolfe(opfunc, x, t, d, f, g, gtd[, options]): a line search for the strong Wolfe conditions (after minFunc).
-- Along d from x, where f has value f, gradient g and slope gtd, first step t. options: c1 1e-4, c2 0.9, tolX 1e-9, maxIter 20,
-- verbose. Returns value and gradient at the point found, x (moved there), the step, and the number of evaluations.
return function(opfunc, x, t, d, f, g, gtd, options)
  options = options or {}
  local c1, c2 = options.c1 or 1e-4, options.c2 or 0.9
  local tolX, maxIter = options.tolX or 1e-9, options.maxIter or 20
  local start = x:clone()
  local evaluations, iterations = 0, 0
  local cell = x.new(1)

  --- A number as a tensor of x's type would keep it: what a bracket holds was kept so.
  local function stored(value)
    cell[1] = value
    return cell[1]
  end
  local function kept(point)
    point.t, point.f = stored(point.t), stored(point.f)
    return point
  end

  local function evaluate(step)
    x:copy(start):add(step, d)
    local value, gradient = opfunc(x)
    evaluations = evaluations + 1
    return { t = step, f = value, g = gradient:clone(), slope = gradient:dot(d) }
  end
  local function too_high(point) return point.f > f + c1 * point.t * gtd end
  local function flat(point) return math.abs(point.slope) <= -c2 * gtd end

  --- Steps outwards until two points bracket a minimum; a single point where one meets the conditions by itself.
  local function find_bracket()
    local point = evaluate(t)
    -- taken after the evaluation, as ever: where opfunc answers with one tensor all along, this is the new gradient
    local previous = { t = 0, f = f, g = g:clone(), slope = gtd }
    while iterations < maxIter do
      if too_high(point) or (iterations > 1 and point.f >= previous.f) then return { kept(previous), kept(point) } end
      if flat(point) then return { kept(point) } end
      if point.slope >= 0 then return { kept(previous), kept(point) } end
      local nearest = point.t + 0.01 * (point.t - previous.t)
      local step = optim.polyinterp(
        x.new { { previous.t, previous.f, previous.slope }, { point.t, point.f, point.slope } }, nearest, point.t * 10)
      previous = point
      point = evaluate(step)
      iterations = iterations + 1
    end
    return { kept { t = 0, f = f, g = g:clone(), slope = gtd }, kept(point) }
  end

  --- Keeps a step well inside the bracket when interpolation stays too close to its ends.
  local stalled = false
  local function keep_inside(step, low, high)
    local width = high - low
    if math.min(high - step, step - low) / width >= 0.1 then
      stalled = false
      return step
    end
    if not (stalled or step >= high or step <= low) then
      stalled = true
      return step
    end
    stalled = false
    return math.abs(step - high) < math.abs(step - low) and high - 0.1 * width or low + 0.1 * width
  end

  local bracket = find_bracket()
  --- The lower end; a value that is no number counts as the lowest.
  local function best()
    if #bracket == 1 then return 1 end
    local first, second = bracket[1].f, bracket[2].f
    return (first ~= first or first <= second) and 1 or 2
  end

  local done = #bracket == 1
  while not done and iterations < maxIter do
    local lo = best()
    local hi = 3 - lo
    local a, b = bracket[1], bracket[2]
    local step = optim.polyinterp(x.new { { a.t, a.f, a.g:dot(d) }, { b.t, b.f, b.g:dot(d) } })
    local point = evaluate(keep_inside(step, math.min(a.t, b.t), math.max(a.t, b.t)))
    iterations = iterations + 1
    if too_high(point) or point.f >= bracket[lo].f then
      bracket[hi] = kept(point)
    else
      if flat(point) then
        done = true
      elseif point.slope * (bracket[hi].t - bracket[lo].t) >= 0 then
        bracket[hi] = bracket[lo]
      end
      bracket[lo] = kept(point)
    end
    if not done and math.abs((bracket[1].t - bracket[2].t) * point.slope) < tolX then break end
  end
  if iterations == maxIter and options.verbose then
    print('<optim.lswolfe> ', 'reached max number of iterations')
  end

  local chosen = bracket[best()]
  x:copy(start):add(chosen.t, d)
  return chosen.f, chosen.g, x, chosen.t, evaluations
end
