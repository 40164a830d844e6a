--- nn.GradientReversal([lambda = 1]): the identity, whose gradient is multiplied by -lambda (Ganin and Lempitsky, 2015).
local GradientReversal, Module = torch.class('nn.GradientReversal', 'nn.Module')

GradientReversal.__version = 2

function GradientReversal:__init(lambda)
  Module.__init(self)
  self.lambda = lambda or 1
end

function GradientReversal:setLambda(lambda)
  self.lambda = lambda
end

function GradientReversal:updateOutput(input)
  return self.output:set(input)
end

function GradientReversal:updateGradInput(_, gradOutput)
  return self.gradInput:mul(gradOutput, -self.lambda)
end

--- Files of version 1 know no lambda.
function GradientReversal:read(file, version)
  Module.read(self, file)
  if version < 2 then self.lambda = 1 end
end
