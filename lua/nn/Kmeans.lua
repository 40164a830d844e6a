--- nn.Kmeans(k, dim[, scale]): the number of the nearest of k centres for each row of an N x dim matrix; learns the centres.
-- `loss` is the summed squared distance of the last forward pass. :initRandom(input), :initKmeansPlus(input[, p]) choose centres.
local Kmeans, Module = torch.class('nn.Kmeans', 'nn.Module')

function Kmeans:__init(k, dim, scale)
  Module.__init(self)
  if k <= 0 then error('Clusters cannot be 0 or negative.', 2) end
  if dim <= 0 then error('Dimensionality cannot be 0 or negative.', 2) end
  self.k, self.dim, self.scale = k, dim, scale
  self.weight, self.gradWeight = torch.Tensor(k, dim), torch.Tensor(k, dim)
  self.loss = 0
  self.clusterSampleCount = torch.Tensor(k)
  self:reset()
end

function Kmeans:reset(stdev)
  stdev = stdev or 1
  self.weight:uniform(-stdev, stdev)
end

local function check(self, input)
  if input:dim() ~= 2 then error('Incorrect input dimensionality. Expecting 2D.', 3) end
  if input:size(2) ~= self.dim then error("Dimensionality of input and weight don't match.", 3) end
  return input:size(1)
end

--- Centres become rows of the input, drawn at random.
function Kmeans:initRandom(input)
  local count = check(self, input)
  if count < self.k then error('Need atleast k samples for initialization.', 2) end
  local rows = torch.zeros(self.k):random(1, count)
  for i = 1, self.k do self.weight[i]:copy(input[rows[i]]) end
end

--- k-means++: each next centre is drawn from the share 1 - p of rows farthest from the centres so far.
function Kmeans:initKmeansPlus(input, p)
  self.p = p or self.p or 0.95
  if self.p < 0 or self.p > 1 then error('P value should be between 0-1.', 2) end
  local count = check(self, input)
  local candidates = math.max(1, math.ceil((1 - self.p) * count))
  local nearest = input.new(count):fill(math.huge)
  self.weight[1]:copy(input[torch.random(count)])
  for i = 2, self.k do
    local last = self.weight:narrow(1, i - 1, 1):expandAs(input)
    nearest:cmin(torch.add(input, -1, last):norm(2, 2):pow(2):view(count))
    local _, order = nearest:sort(1, true)
    self.weight[i]:copy(input[order[torch.random(candidates)]])
  end
end

function Kmeans:updateOutput(input)
  local count = check(self, input)
  if not input:isContiguous() then error('Input is not contiguous.', 2) end
  local samples = input:view(1, count, self.dim):expand(self.k, count, self.dim)
  local centres = self.weight:view(self.k, 1, self.dim):expand(self.k, count, self.dim)
  local distance = torch.add(samples, -1, centres):norm(2, 3):pow(2):view(self.k, count)
  local smallest, which = distance:min(1)
  self._minIndx = which:view(count)
  self.loss = smallest:sum()
  return self.output:resize(count):copy(self._minIndx)
end

--- Zeros: the number of a centre has no gradient.
function Kmeans:updateGradInput(input)
  return self.gradInput:resize(input:size()):zero()
end

--- The gradient of a centre is the mean of (centre - sample) over its samples.
function Kmeans:accGradParameters(input, _, scale)
  scale = self.scale or scale or 1
  if scale <= 0 then error(' Scale has to be positive.', 2) end
  self.clusterSampleCount:zero()
  self.clusterSampleCount:indexAdd(1, self._minIndx, input.new(input:size(1)):fill(1))
  local difference = self.weight:index(1, self._minIndx):add(-1, input):mul(scale)
  local sums = self.gradWeight.new():resizeAs(self.gradWeight):zero()
  sums:indexAdd(1, self._minIndx, difference)
  -- a centre without samples stays where it is
  local counts = torch.add(self.clusterSampleCount, 0.0000001):view(self.k, 1):expandAs(sums)
  self.gradWeight:add(sums:cdiv(counts))
end

function Kmeans:clearState()
  self._minIndx = nil
  return Module.clearState(self)
end

function Kmeans:type(type, tensorCache)
  if type then self:clearState() end
  return Module.type(self, type, tensorCache)
end
