--- nn.SpatialLPPooling(nInputPlane, pnorm, kW, kH[, dW = kW[, dH = kH]]): the p-norm of each window of each plane.
-- Input: nInputPlane x H x W, or a batch of those.
local SpatialLPPooling, Sequential = torch.class('nn.SpatialLPPooling', 'nn.Sequential')

function SpatialLPPooling:__init(_, pnorm, kW, kH, dW, dH)
  Sequential.__init(self)
  dW, dH = dW or kW, dH or kH
  self.kW, self.kH, self.dW, self.dH = kW, kH, dW, dH
  local quadratic = pnorm == 2
  self:add(quadratic and nn.Square() or nn.Power(pnorm))
  self:add(nn.SpatialAveragePooling(kW, kH, dW, dH))
  self:add(nn.MulConstant(kW * kH))
  self:add(quadratic and nn.Sqrt() or nn.Power(1 / pnorm))
end

-- a pooling layer has nothing to learn: what its parts could do to parameters is switched off
local function nothing() end
SpatialLPPooling.reset = nothing
SpatialLPPooling.accGradParameters = nothing
SpatialLPPooling.accUpdateGradParameters = nothing
SpatialLPPooling.zeroGradParameters = nothing
SpatialLPPooling.updateParameters = nothing
