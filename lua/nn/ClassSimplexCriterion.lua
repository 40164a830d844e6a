--- nn.ClassSimplexCriterion(nClasses): MSE from the target class's corner of a regular simplex (Mroueh et al., 2012).
-- Input: nClasses or N x nClasses; target: a number or N class numbers.
local ClassSimplexCriterion, MSECriterion = torch.class('nn.ClassSimplexCriterion', 'nn.MSECriterion')

--- The n + 1 corners of a regular simplex in n dimensions, centred at 0, at distance 1: (n + 1) x n.
local function corners(n)
  local points = torch.zeros(n + 1, n)
  local rest = 1 -- squared distance that the coordinates so far leave over
  for k = 1, n do
    local own = math.sqrt(rest)
    local others = (rest - 1 - 1 / n) / own
    points[k][k] = own
    -- the corners that follow share this coordinate, so that all scalar products are -1/n
    for j = k + 1, n + 1 do points[j][k] = others end
    rest = rest - others * others
  end
  return points
end

function ClassSimplexCriterion:__init(nClasses)
  MSECriterion.__init(self)
  if type(nClasses) ~= 'number' or nClasses <= 1 or nClasses % 1 ~= 0 then
    error('Required positive integer argument nClasses > 1', 2)
  end
  self.nClasses = nClasses
  self.simplex = torch.cat(corners(nClasses - 1), torch.zeros(nClasses, 1), 2)
  self._target = torch.Tensor(nClasses)
end

--- The corners of the target classes.
local function corner_targets(self, target)
  if type(target) == 'number' then
    self._target:resize(self.nClasses):copy(self.simplex[target])
  else
    if target:dim() ~= 1 then error('1D tensors only!', 3) end
    self._target:resize(target:size(1), self.nClasses)
    for i = 1, target:size(1) do self._target[i]:copy(self.simplex[target[i]]) end
  end
  return self._target
end

function ClassSimplexCriterion:updateOutput(input, target)
  return MSECriterion.updateOutput(self, input, corner_targets(self, target))
end

function ClassSimplexCriterion:updateGradInput(input, target)
  return MSECriterion.updateGradInput(self, input, corner_targets(self, target))
end

--- Scalar products with the corners: N x nClasses.
function ClassSimplexCriterion:getPredictions(input)
  if input:dim() == 1 then input = input:view(1, input:size(1)) end
  return torch.mm(input, self.simplex:t())
end

--- The class of the nearest corner for each sample.
function ClassSimplexCriterion:getTopPrediction(input)
  local _, best = self:getPredictions(input):max(2)
  return best:view(-1)
end
