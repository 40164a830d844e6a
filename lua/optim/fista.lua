--- optim.FistaLS(f, g, pl, xinit[, params]): minimises f + g by iterative shrinkage with a line search (Beck and Teboulle, 2009).
-- f(x[, 'dx']) is smooth and returns its value and (with 'dx') gradient; g(x) is the other term; pl(x, L) shrinks x in place.
-- params: L 0.1, Lstep 1.5, maxiter 50, maxline 20, errthres 1e-4, doFistaUpdate (without it plain ISTA), verbose.
-- Returns the solution and the history: a table {nline, L, F, Fply, Gply, Q} an iteration. params keeps L and work vectors.

return function(f, g, pl, xinit, params)
  params = params or {}
  local L = params.L or 0.1
  local maxline = params.maxline or 20
  local xk = xinit
  local function vector(name)
    params[name] = (params[name] or torch.Tensor()):resizeAs(xk):zero()
    return params[name]
  end
  local previous, y, shrunk = vector 'xkm', vector 'y', vector 'ply'
  local history = {}
  local momentum = 1

  --- Raises L until the quadratic model at y majorises f at the shrunk step; xk becomes that step.
  local function line_search()
    local fy, gradient = f(y, 'dx')
    for attempt = 0, maxline do
      shrunk:copy(y):add(-1 / L, gradient)
      pl(shrunk, L)
      xk:copy(shrunk)
      local value = f(shrunk)
      shrunk:add(-1, y)
      local model = fy + gradient:dot(shrunk) + L / 2 * shrunk:dot(shrunk)
      if params.verbose then print(('nline=%d L=%g fply=%g Q=%g fy=%g'):format(attempt, L, value, model, fy)) end
      if value <= model then return attempt + 1, model end
      if attempt == maxline then
        -- no better point: stay where the last iteration ended
        xk:copy(previous)
        return attempt + 1, model
      end
      L = L * (params.Lstep or 1.5)
    end
  end

  for iteration = 1, params.maxiter or 50 do
    local lines, model = line_search()
    local last_momentum = momentum
    if params.doFistaUpdate then
      momentum = (1 + math.sqrt(1 + 4 * momentum * momentum)) / 2
      previous:add(-1, xk)
      y:copy(xk):add((1 - last_momentum) / momentum, previous)
      previous:copy(xk)
    else
      y:copy(xk)
    end
    local smooth, other = f(y), g(y)
    local entry = { nline = lines, L = L, F = smooth + other, Fply = smooth, Gply = other, Q = model }
    history[iteration] = entry
    params.L = L
    if params.verbose then
      print(('iter=%d enew=%g'):format(iteration - 1, entry.F))
      entry.xk, entry.y = xk:clone(), y:clone()
    end
    local last = history[iteration - 1]
    if last and math.abs(entry.F - last.F) <= (params.errthres or 1e-4) then break end
  end
  xinit:copy(y)
  return y, history
end
