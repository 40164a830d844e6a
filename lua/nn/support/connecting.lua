--- connecting(class, kernel): what convolutions over a connection table have in common.
-- connTable: one row {input plane, output plane} a kernel. weight: rows x kH x kW; bias: nOutputPlane.
return function(class, Module, kernel)
  local forward, gradient, accumulate =
    kernel .. '_updateOutput', kernel .. '_updateGradInput', kernel .. '_accGradParameters'

  function class:__init(connTable, kW, kH, dW, dH)
    Module.__init(self)
    self.kW, self.kH = kW, kH
    self.dW, self.dH = dW or 1, dH or 1
    self.connTable = connTable
    self.nInputPlane = connTable:select(2, 1):max()
    self.nOutputPlane = connTable:select(2, 2):max()
    self.weight = torch.Tensor(connTable:size(1), kH, kW)
    self.gradWeight = torch.Tensor(connTable:size(1), kH, kW)
    self.bias, self.gradBias = torch.Tensor(self.nOutputPlane), torch.Tensor(self.nOutputPlane)
    self:reset()
  end

  --- Uniform within 1 / sqrt(kW kH n), n the number of planes that the output plane sees; or within sqrt(3) stdv.
  function class:reset(stdv)
    local connections, fan = self.connTable:size(1), {}
    for k = 1, connections do
      local plane = self.connTable[k][2]
      fan[plane] = (fan[plane] or 0) + 1
    end
    local function bound(plane)
      return stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.kW * self.kH * (fan[plane] or 0))
    end
    for k = 1, connections do
      local limit = bound(self.connTable[k][2])
      self.weight:select(1, k):uniform(-limit, limit)
    end
    for plane = 1, self.nOutputPlane do
      local limit = bound(plane)
      self.bias[plane] = torch.uniform(-limit, limit)
    end
  end

  function class:updateOutput(input)
    input.THNN[forward](input, self.output, self.weight, self.bias, self.connTable, self.nInputPlane, self.nOutputPlane,
      self.dW, self.dH)
    return self.output
  end

  function class:updateGradInput(input, gradOutput)
    input.THNN[gradient](input, gradOutput, self.gradInput, self.weight, self.bias, self.connTable, self.nInputPlane,
      self.nOutputPlane, self.dW, self.dH)
    return self.gradInput
  end

  function class:accGradParameters(input, gradOutput, scale)
    input.THNN[accumulate](input, gradOutput, self.gradWeight, self.gradBias, self.connTable, self.nInputPlane,
      self.nOutputPlane, self.dW, self.dH, scale or 1)
  end
end
