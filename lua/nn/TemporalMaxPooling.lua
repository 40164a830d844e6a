--- nn.TemporalMaxPooling(kW[, dW = kW]): largest value of each feature in each window of kW frames.
-- Input: nFrame x frameSize, or a batch of those.
local window = require 'nn.support.window'

local TemporalMaxPooling, Module = torch.class('nn.TemporalMaxPooling', 'nn.Module')

function TemporalMaxPooling:__init(kW, dW)
  Module.__init(self)
  self.kW, self.dW = kW, dW or kW
end

window.max_pooling(TemporalMaxPooling, 'TemporalMaxPooling', function() end, function(self) return self.kW, self.dW end)

window.clearing(TemporalMaxPooling, Module)
