--- nn.Mul(): multiplies everything by one learned number.
local Mul, Module = torch.class('nn.Mul', 'nn.Module')

function Mul:__init()
  Module.__init(self)
  self.weight, self.gradWeight = torch.Tensor(1), torch.Tensor(1)
  self:reset()
end

function Mul:reset(stdv)
  local bound = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:size(1))
  self.weight:uniform(-bound, bound)
end

function Mul:updateOutput(input)
  return self.output:mul(input, self.weight[1])
end

function Mul:updateGradInput(_, gradOutput)
  return self.gradInput:mul(gradOutput, self.weight[1])
end

function Mul:accGradParameters(input, gradOutput, scale)
  self.gradWeight[1] = self.gradWeight[1] + (scale or 1) * input:dot(gradOutput)
end
