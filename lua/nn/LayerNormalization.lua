--- nn.LayerNormalization(nOutput[, bias = 0[, eps = 1e-10[, affine = true]]]): normalises each sample (Ba et al., 2016).
-- Subtracts the mean, divides by the deviation; with `affine` a learned gain (from 1) and bias follow.
local LayerNormalization, Sequential = torch.class('nn.LayerNormalization', 'nn.Sequential')

function LayerNormalization:__init(nOutput, bias, eps, affine)
  Sequential.__init(self)
  local mean = nn.Sequential():add(nn.Mean(1, 1)):add(nn.Replicate(nOutput, 1, 1))
  self:add(nn.ConcatTable():add(nn.Identity()):add(mean))
  self:add(nn.CSubTable())
  self:add(nn.Normalize(2, eps or 1e-10))
  self:add(nn.MulConstant(math.sqrt(nOutput)))
  if affine == false then return end
  local gain, shift = nn.CMul(nOutput), nn.Add(nOutput, false)
  gain.weight:fill(1)
  shift.bias:fill(bias or 0)
  self:add(gain):add(shift)
end
