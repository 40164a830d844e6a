--- nn.StochasticGradient(module, criterion): trains on a dataset one example at a time.
-- :train(dataset): dataset:size(), dataset[i] = {input, target}. Fields: learningRate 0.01, learningRateDecay 0,
-- maxIteration 25 (passes; 0 for no end), shuffleIndices, verbose, hookExample(self, example), hookIteration(self, i, error).
local StochasticGradient = torch.class('nn.StochasticGradient')

function StochasticGradient:__init(module, criterion)
  self.learningRate = 0.01
  self.learningRateDecay = 0
  self.maxIteration = 25
  self.shuffleIndices = true
  self.module = module
  self.criterion = criterion
  self.verbose = true
end

--- One pass over the data in the given order; returns the mean loss.
local function pass(self, dataset, order, rate)
  local module, criterion = self.module, self.criterion
  local sum, count = 0, dataset:size()
  for i = 1, count do
    local example = dataset[order[i]]
    local input, target = example[1], example[2]
    sum = sum + criterion:forward(module:forward(input), target)
    module:updateGradInput(input, criterion:updateGradInput(module.output, target))
    module:accUpdateGradParameters(input, criterion.gradInput, rate)
    if self.hookExample then self.hookExample(self, example) end
  end
  return sum / count
end

function StochasticGradient:train(dataset)
  -- the permutation is drawn in any case, so that the random stream does not depend on the setting
  local order = torch.randperm(dataset:size(), 'torch.LongTensor')
  if not self.shuffleIndices then order:range(1, dataset:size()) end
  print('# StochasticGradient: training')
  local iteration, rate = 1, self.learningRate
  repeat
    local loss = pass(self, dataset, order, rate)
    if self.hookIteration then self.hookIteration(self, iteration, loss) end
    if self.verbose then print('# current error = ' .. loss) end
    iteration = iteration + 1
    rate = self.learningRate / (1 + iteration * self.learningRateDecay)
    local finished = self.maxIteration > 0 and iteration > self.maxIteration
    if finished then
      print('# StochasticGradient: you have reached the maximum number of iterations')
      print('# training error = ' .. loss)
    end
  until finished
end
