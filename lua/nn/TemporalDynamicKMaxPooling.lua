--- nn.TemporalDynamicKMaxPooling(minK[, factor = 0]): the k largest values of each feature, in their order in time.
-- k = max(minK, ceil(factor nFrame)) (Kalchbrenner et al., 2014). Input: nFrame x frameSize, or a batch of those.
local TemporalDynamicKMaxPooling, Module = torch.class('nn.TemporalDynamicKMaxPooling', 'nn.Module')

function TemporalDynamicKMaxPooling:__init(minK, factor)
  Module.__init(self)
  self.minK = minK
  self.factor = factor or 0
end

function TemporalDynamicKMaxPooling:updateOutput(input)
  local ndim = input:dim()
  if ndim ~= 2 and ndim ~= 3 then error('Only 2D or 3D(batch mode) accepted', 2) end
  local time = ndim - 1
  local k = math.max(self.minK, math.ceil(self.factor * input:size(time)))
  if k > input:size(time) then
    error(('input of %d frames is shorter than k = %d'):format(input:size(time), k), 2)
  end
  local _, places = input:topk(k, time, true)
  self.indices = places:sort(time)
  self.output:set(input:gather(time, self.indices))
  return self.output
end

function TemporalDynamicKMaxPooling:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  self.gradInput:resizeAs(input):zero()
  self.gradInput:scatter(input:dim() - 1, self.indices, gradOutput)
  return self.gradInput
end

function TemporalDynamicKMaxPooling:clearState()
  self.indices = nil
  return Module.clearState(self)
end
