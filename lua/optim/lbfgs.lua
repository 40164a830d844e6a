--- optim.lbfgs: limited-memory BFGS (Nocedal, 1980).
-- config: maxIter 20, maxEval 1.25 maxIter, tolFun 1e-5 (sum of |gradient|), tolX 1e-9, nCorrection 100, learningRate 1,
-- lineSearch (a function such as optim.lswolfe) and lineSearchOptions, verbose false. Returns x, function values, evaluations.
-- state: funcEval, nIter, dir_bufs and stp_bufs (free vectors), old_dirs (steps), old_stps (gradient changes), ro, al, tmp1, d,
-- t, Hdiag, g_old, f_old.
local buffers = require 'optim.buffers'

local function free_vectors(gradient, count)
  local rows = gradient.new(count, gradient:size(1))
  local list = {}
  for i = 1, count do list[i] = rows:select(1, i) end
  return list
end

--- Records the last step s = t d and the change y of the gradient, dropping the oldest pair when all vectors are in use.
local function remember_step(state, gradient, nCorrection)
  local y, s = table.remove(state.dir_bufs), table.remove(state.stp_bufs)
  y:add(gradient, -1, state.g_old)
  s:mul(state.d, state.t)
  local curvature = y:dot(s)
  if curvature <= 1e-10 then
    table.insert(state.dir_bufs, y)
    table.insert(state.stp_bufs, s)
    return
  end
  if #state.old_dirs == nCorrection then
    table.insert(state.dir_bufs, table.remove(state.old_dirs, 1))
    table.insert(state.stp_bufs, table.remove(state.old_stps, 1))
  end
  table.insert(state.old_dirs, s)
  table.insert(state.old_stps, y)
  state.Hdiag = curvature / y:dot(y)
end

--- state.d = -H gradient by the two-loop recursion; q is a work vector.
local function new_direction(state, gradient, q, nCorrection)
  state.ro = state.ro or torch.Tensor(nCorrection)
  state.al = state.al or torch.zeros(nCorrection)
  local ro, al, steps, changes = state.ro, state.al, state.old_dirs, state.old_stps
  q:mul(gradient, -1)
  for i = #steps, 1, -1 do
    ro[i] = 1 / changes[i]:dot(steps[i])
    al[i] = steps[i]:dot(q) * ro[i]
    q:add(-al[i], changes[i])
  end
  local d = state.d:mul(q, state.Hdiag)
  for i = 1, #steps do
    d:add(al[i] - changes[i]:dot(d) * ro[i], steps[i])
  end
end

return function(opfunc, x, config, state)
  config, state = buffers.options(config, state)
  local maxIter = tonumber(config.maxIter) or 20
  local maxEval = tonumber(config.maxEval) or maxIter * 1.25
  local tolFun, tolX = config.tolFun or 1e-5, config.tolX or 1e-9
  local nCorrection = config.nCorrection or 100
  local learningRate = config.learningRate or 1
  local search = type(config.lineSearch) == 'function' and config.lineSearch
  local function tell(message)
    if config.verbose then print('<optim.lbfgs> ', message) end
  end

  state.funcEval = state.funcEval or 0
  state.nIter = state.nIter or 0

  local f, g = opfunc(x)
  local history, evaluations = { f }, 1
  state.funcEval = state.funcEval + 1
  local work = buffers.zeros(state, 'tmp1', g, g)
  local function size_of(vector) return work:copy(vector):abs():sum() end

  if size_of(g) <= tolFun then
    tell('optimality condition below tolFun')
    return x, history
  end
  if not state.dir_bufs then
    tell('creating recyclable direction/step/history buffers')
    state.dir_bufs = free_vectors(g, nCorrection + 1)
    state.stp_bufs = free_vectors(g, nCorrection + 1)
  end

  --- Why to stop after a step, or nil.
  local function reason_to_stop(iteration, f_before)
    if iteration == maxIter then return 'reached max number of iterations' end
    if evaluations >= maxEval then return 'max nb of function evals' end
    if size_of(g) <= tolFun then return 'optimality condition below tolFun' end
    if work:copy(state.d):mul(state.t):abs():sum() <= tolX then return 'step size below tolX' end
    if math.abs(f - f_before) < tolX then return 'function value changing less than tolX' end
  end

  for iteration = 1, maxIter do
    state.nIter = state.nIter + 1
    if state.nIter == 1 then
      state.d = g:clone():mul(-1)
      state.old_dirs, state.old_stps = {}, {}
      state.Hdiag = 1
    else
      remember_step(state, g, nCorrection)
      new_direction(state, g, work, nCorrection)
    end
    state.g_old = (state.g_old or g:clone()):copy(g)
    state.f_old = f

    local descent = g:dot(state.d)
    if descent > -tolX then break end
    state.t = learningRate
    if state.nIter == 1 then state.t = math.min(1, 1 / size_of(g)) * learningRate end

    local spent = 0
    if search then
      f, g, x, state.t, spent = search(opfunc, x, state.t, state.d, f, g, descent, config.lineSearchOptions)
      history[#history + 1] = f
    else
      x:add(state.t, state.d)
      -- the value at the last point is not asked for: nobody would use it
      if iteration ~= maxIter then
        f, g = opfunc(x)
        spent = 1
        history[#history + 1] = f
      end
    end
    evaluations = evaluations + spent
    state.funcEval = state.funcEval + spent

    local reason = reason_to_stop(iteration, state.f_old)
    if reason then
      tell(reason)
      break
    end
  end
  return x, history, evaluations
end
