--- optim.de: differential evolution (Storn and Price, 1997); needs no gradient: opfunc(x) returns f(x) alone.
-- config: popsize (10 D), scaleFactor, crossoverRate and maxFEs (no defaults), maxRegion 30, minRegion -30. Draws come from a
-- generator of its own, always seeded with 1. Returns the best solution and a tensor of all function values.
return function(opfunc, x, config)
  config = config or {}
  for _, name in ipairs { 'scaleFactor', 'crossoverRate', 'maxFEs' } do
    if not config[name] then error('optim.de: config.' .. name .. ' is missing', 2) end
  end
  local dimension = x:nElement()
  local popsize = config.popsize or 10 * dimension
  local budget = tonumber(config.maxFEs)
  local generator = torch.Generator()
  torch.manualSeed(generator, 1)

  local values = x.new(budget)
  local spent = 0
  local function evaluate(candidate)
    local value = opfunc(candidate)
    spent = spent + 1
    -- a generation that is under way runs to its end, beyond the budget's last place
    if spent <= budget then values[spent] = value end
    return value
  end

  local population = x.new(popsize, dimension):uniform(generator, config.minRegion or -30, config.maxRegion or 30)
  local children = x.new(popsize, dimension)
  local fitness, child_fitness = {}, {}
  for i = 1, popsize do fitness[i] = evaluate(population[i]) end
  -- the first leader is the worst of the population, as in the original; better children soon replace it
  local leader = 1
  for i = 2, popsize do
    if fitness[i] > fitness[leader] then leader = i end
  end
  local best, best_fitness = population[leader]:clone(), fitness[leader]

  --- A number from 1 to popsize that is none of the given ones.
  local function another(a, b)
    local drawn
    repeat drawn = torch.random(generator, 1, popsize) until drawn ~= a and drawn ~= b
    return drawn
  end

  while spent < budget - 1 do
    for i = 1, popsize do
      local r1 = another(i)
      local r2 = another(i, r1)
      local certain = torch.random(generator, 1, dimension)
      local child, parent, first, second = children[i], population[i], population[r1], population[r2]
      for j = 1, dimension do
        if torch.uniform(generator, 0, 1) < config.crossoverRate or i == certain then
          child[j] = best[j] + config.scaleFactor * (first[j] - second[j])
        else
          child[j] = parent[j]
        end
      end
      child_fitness[i] = evaluate(child)
    end
    for i = 1, popsize do
      if child_fitness[i] <= fitness[i] then
        population[i]:copy(children[i])
        fitness[i] = child_fitness[i]
        if fitness[i] < best_fitness then
          best_fitness = fitness[i]
          best:copy(children[i])
        end
      end
    end
  end
  return best, values
end
