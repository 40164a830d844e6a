--- spatial_kernels(class, kernel, shape[, prepare]): everything the plane convolutions with one square of weights per pair of
-- planes have in common. shape(module) gives the sizes of weight and bias as two LongStorages.
local initial = require 'nn.support.initial'
local convolving = require 'nn.support.convolving'
local describe = require 'nn.support.describe'

return function(class, kernel, shape, prepare)
  local Module = nn.Module

  function class:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)
    Module.__init(self)
    self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
    self.kW, self.kH = kW, kH
    self.dW, self.dH = dW or 1, dH or 1
    self.padW = padW or 0
    self.padH = padH or self.padW
    local weight, bias = shape(self)
    self.weight, self.gradWeight = torch.Tensor(weight), torch.Tensor(weight)
    self.bias, self.gradBias = torch.Tensor(bias), torch.Tensor(bias)
    self:reset()
  end

  class.noBias = convolving.no_bias

  function class:reset(stdv)
    initial(self, self.kW * self.kH * self.nInputPlane, stdv)
  end

  convolving.define(class, kernel, {
    prepare = prepare or convolving.complete,
    geometry = function(self) return self.kW, self.kH, self.dW, self.dH, self.padW, self.padH end,
  })

  function class:type(type, tensorCache)
    if type then convolving.drop_work(self) end
    return Module.type(self, type, tensorCache)
  end

  function class:clearState()
    convolving.clear_work(self)
    return Module.clearState(self)
  end

  function class:__tostring__()
    return describe.convolution(self, 2)
  end
end
