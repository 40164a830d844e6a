--- optim.cmaes: covariance matrix adaptation evolution strategy (Hansen, 2006); opfunc(x) returns f(x) alone.
-- state (or config): sigma (step size, required), maxEval 1e3 N^2, ftarget, popsize 4 + floor(3 log N), verb_disp 0,
-- min_iterations 1. Returns the best point, the best value of each generation, and the number of evaluations.

--- Constants of the strategy for N variables and `lambda` offspring.
local function strategy(N, lambda)
  local mu = lambda / 2
  local weights, total, squares = {}, 0, 0
  for i = 1, math.ceil(mu) do
    weights[i] = math.log(mu + 0.5) - math.log(i)
    total = total + weights[i]
  end
  for i, weight in ipairs(weights) do
    weights[i] = weight / total
    squares = squares + weights[i] ^ 2
  end
  local mueff = 1 / squares
  local constants = { weights = weights, mueff = mueff }
  constants.cc = (4 + mueff / N) / (N + 4 + 2 * mueff / N)
  constants.cs = (mueff + 2) / (N + mueff + 5)
  constants.c1 = 2 / ((N + 1.3) ^ 2 + mueff)
  constants.cmu = math.min(1 - constants.c1, 2 * (mueff - 2 + 1 / mueff) / ((N + 2) ^ 2 + mueff))
  constants.damps = 2 * mueff / lambda + 0.3 + constants.cs
  return constants
end

return function(opfunc, x, config, state)
  local typename = torch.type(x)
  if not (typename:find('Float') or typename:find('Double')) then
    error('Unsupported Tensor ' .. typename .. ' please use Float- or DoubleTensor for x', 2)
  end
  state = state or config or {}
  local sigma = state.sigma or error('optim.cmaes: sigma is missing', 2)
  local N = x:nElement()
  local lambda = state.popsize or 4 + math.floor(3 * math.log(N))
  local maxEval = tonumber(state.maxEval) or 1e3 * N ^ 2
  local verbosity = state.verb_disp or 0
  local S = strategy(N, lambda)
  local parents = #S.weights
  local weights = torch.Tensor(S.weights):typeAs(x)

  local mean = x:clone():view(-1)
  local path_c, path_s = mean.new(N):zero(), mean.new(N):zero()
  local basis, deviations, covariance = torch.eye(N):typeAs(x), mean.new(N):fill(1), torch.eye(N):typeAs(x)
  local inverse_root = torch.eye(N):typeAs(x)
  local candidates, values = mean.new(lambda, N), torch.Tensor(lambda)
  local evaluations, decomposed_at, generation = 0, 0, 0
  local history = { (opfunc(x)) }
  local best = { evaluations = 0 }

  local function decompose()
    decomposed_at = evaluations
    covariance = torch.triu(covariance) + torch.triu(covariance, 1):t()
    deviations, basis = torch.symeig(covariance, 'V')
    deviations = torch.sqrt(deviations)
    inverse_root = basis * torch.diag(torch.pow(deviations, -1)) * basis:t()
  end

  local function sample()
    if evaluations - decomposed_at > lambda / (S.c1 + S.cmu) / N / 10 then decompose() end
    for k = 1, lambda do
      local z = deviations:clone():normal(0, 1):cmul(deviations)
      candidates[k]:copy(mean):add(sigma, basis * z)
      values[k] = opfunc(candidates[k]:viewAs(x))
    end
  end

  local function adapt()
    evaluations = evaluations + lambda
    local order
    values, order = torch.sort(values)
    local chosen = candidates:index(1, order:narrow(1, 1, parents))
    history[#history + 1] = values[1]
    if not best.f or values[1] < best.f then
      best = { x = chosen[1]:clone(), f = values[1], evaluations = evaluations }
    end

    local last = mean:clone()
    mean:mv(chosen:t(), weights)
    local moved = mean - last
    local scale = math.sqrt(S.cs * (2 - S.cs) * S.mueff) / sigma
    path_s:mul(1 - S.cs):add(scale, inverse_root * moved)
    local length = torch.pow(path_s, 2):sum()
    local steady = length / (1 - (1 - S.cs) ^ (2 * evaluations / lambda)) / N < 2 + 4 / (N + 1) and 1 or 0
    path_c:mul(1 - S.cc):add(steady * math.sqrt(S.cc * (2 - S.cc) * S.mueff) / sigma, moved)

    -- rank-mu update from the chosen steps, rank-one update from the path
    local steps = chosen - last:view(1, N):expandAs(chosen)
    local weighted = torch.cmul(steps, weights:view(parents, 1):expandAs(steps))
    local lost = S.c1 - (1 - steady) * S.c1 * S.cc * (2 - S.cc)
    covariance:mul(1 - lost - S.cmu):addr(S.c1, path_c, path_c):addmm(S.cmu / sigma ^ 2, steps:t(), weighted)
    sigma = sigma * math.exp(math.min(0.6, S.cs / S.damps * (length / N - 1) / 2))
  end

  --- Names and limits of the termination conditions that hold.
  local function reasons()
    local found = {}
    if evaluations == 0 then return found end
    if evaluations >= maxEval then found.evals = maxEval end
    if state.ftarget and values[1] <= state.ftarget then found.ftarget = state.ftarget end
    if deviations:max() > 1e7 * deviations:min() then found.condition = 1e7 end
    if lambda > 1 and values[lambda] - values[1] < 1e-12 then found.tolfun = 1e-12 end
    if sigma * deviations:max() < 1e-11 then found.tolx = 1e-11 end
    return found
  end

  local function report()
    if verbosity == 0 then return end
    if generation == 1 or generation % (10 * verbosity) == 0 then print('evals:\t ax-ratio max(std)   f-value') end
    if generation <= 2 or generation % verbosity == 0 then
      print(('%d:  %6.1f %8.1e %s'):format(evaluations, deviations:max() / deviations:min(),
        sigma * math.sqrt(torch.diag(covariance):max()), tostring(values[1])))
    end
  end

  while next(reasons()) == nil or generation < (state.min_iterations or 1) do
    generation = generation + 1
    sample()
    adapt()
    report()
  end

  if verbosity > 0 then
    for name, limit in pairs(reasons()) do print('termination by', name, '=', limit) end
    print('best f-value =', best.f)
    print('solution = ')
    print(best.x)
    print('best found at iteration: ', best.evaluations / lambda, ' , total iterations: ', generation)
  end
  history[#history + 1] = best.f
  return best.x, history, evaluations
end
