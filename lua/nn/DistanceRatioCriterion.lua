--- nn.DistanceRatioCriterion([sizeAverage = true]): mean of -log(exp(-x) / (exp(-x) + exp(-y))) for distances {x, y}.
-- x: distances to similar, y: to different samples (Hoffer and Ailon, 2014).
local DistanceRatioCriterion, Criterion = torch.class('nn.DistanceRatioCriterion', 'nn.Criterion')

function DistanceRatioCriterion:__init(sizeAverage)
  Criterion.__init(self)
  self.sizeAverage = sizeAverage ~= false
end

local function distances(input)
  if #input ~= 2 then error('Invalid number of inputs', 3) end
  if input[1]:nElement() ~= input[2]:nElement() then error("Number of distances don't match.", 3) end
  return input[1], input[2]
end

--- exp(-x), exp(-y) and their sum.
local function terms(x, y)
  local ex, ey = torch.mul(x, -1):exp(), torch.mul(y, -1):exp()
  return ex, ey, torch.add(ex, ey)
end

function DistanceRatioCriterion:updateOutput(input)
  local x, y = distances(input)
  local _, _, total = terms(x, y)
  local loss = (x:sum() + total:log():sum())
  self.output = self.sizeAverage and loss / x:size(1) or loss
  return self.output
end

function DistanceRatioCriterion:updateGradInput(input)
  local x, y = distances(input)
  local ex, ey, total = terms(x, y)
  local factor = self.sizeAverage and 1 / x:size(1) or 1
  self.gradInput = { ex:cdiv(total):mul(-1):add(1):mul(factor), ey:cdiv(total):mul(-factor) }
  return self.gradInput
end

function DistanceRatioCriterion:type(type, tensorCache)
  if type and torch.type(self.gradInput) == 'table' then self.gradInput = torch.Tensor() end
  return Criterion.type(self, type, tensorCache)
end
