--- nn.VolumetricFullConvolution(nInputPlane, nOutputPlane, kT, kW, kH[, dT, dW, dH[, padT, padW, padH[, adjT, adjW, adjH]]])
-- The transpose of a volumetric convolution: output extent (input - 1) d - 2 pad + k + adj.
-- weight: nInputPlane x nOutputPlane x kT x kH x kW. With input {tensor, target} the output has target's extents.
local initial = require 'nn.support.initial'
local convolving = require 'nn.support.convolving'
local describe = require 'nn.support.describe'

local VolumetricFullConvolution, Module = torch.class('nn.VolumetricFullConvolution', 'nn.Module')

function VolumetricFullConvolution:__init(nInputPlane, nOutputPlane, kT, kW, kH, dT, dW, dH, padT, padW, padH, adjT, adjW,
                                          adjH)
  Module.__init(self)
  self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
  self.kW, self.kH, self.kT = kW, kH, kT
  self.dW, self.dH, self.dT = dW or 1, dH or 1, dT or 1
  self.padW, self.padH, self.padT = padW or 0, padH or 0, padT or 0
  self.adjW, self.adjH, self.adjT = adjW or 0, adjH or 0, adjT or 0
  if self.adjW > self.dW - 1 or self.adjH > self.dH - 1 or self.adjT > self.dT - 1 then
    error('adjW, adjH and adjT must be smaller than self.dW - 1, self.dH - 1 and self.dT - 1 respectively', 2)
  end
  self.weight = torch.Tensor(nInputPlane, nOutputPlane, kT, kH, kW)
  self.gradWeight = torch.Tensor(nInputPlane, nOutputPlane, kT, kH, kW)
  self.bias, self.gradBias = torch.Tensor(nOutputPlane), torch.Tensor(nOutputPlane)
  self.ones, self.finput, self.fgradInput = torch.Tensor(), torch.Tensor(), torch.Tensor()
  self:reset()
end

function VolumetricFullConvolution:reset(stdv)
  initial(self, self.nInputPlane * self.kT * self.kH * self.kW, stdv)
end

--- Gives files older than the adjustment their missing fields.
function VolumetricFullConvolution:backCompatibility()
  for _, name in ipairs { 'adjT', 'adjW', 'adjH', 'padT', 'padW', 'padH' } do self[name] = self[name] or 0 end
end

VolumetricFullConvolution.noBias = convolving.no_bias

--- The tensor to convolve, and the kernel's numbers.
local function resolve(self, input)
  self:backCompatibility()
  local tensor, adj = input, { self.adjT, self.adjW, self.adjH }
  if type(input) == 'table' then
    tensor = input[1]
    local ndim = input[2]:dim()
    -- extents come in the order T, H, W, the numbers in the order T, W, H
    for i, axis in ipairs { 'T', 'W', 'H' } do
      local from_end = axis == 'T' and 2 or axis == 'W' and 0 or 1
      local natural = (tensor:size(tensor:dim() - from_end) - 1) * self['d' .. axis] - 2 * self['pad' .. axis]
        + self['k' .. axis]
      adj[i] = input[2]:size(ndim - from_end) - natural
    end
  end
  return tensor, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH, adj[1], adj[2], adj[3]
end

local function call(kernel, self, input, tensors, scale)
  local numbers = { resolve(self, input) }
  local tensor = table.remove(numbers, 1)
  numbers[#numbers + 1] = scale
  return tensor.THNN['VolumetricFullConvolution_' .. kernel](tensor, tensors[1], tensors[2], tensors[3], nil, nil,
    unpack(numbers))
end

function VolumetricFullConvolution:updateOutput(input)
  call('updateOutput', self, input, { self.output, self.weight, self.bias })
  return self.output
end

function VolumetricFullConvolution:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  local target = self.gradInput
  if type(input) == 'table' then
    -- clearState leaves an empty table
    if not (type(target) == 'table' and target[1]) then self.gradInput = { input[1].new(), input[2].new() } end
    target = self.gradInput[1]
    -- the target only lends its size: its gradient is a single zero
    self.gradInput[2]:resize(1):zero()
  elseif type(target) == 'table' then
    self.gradInput = input.new()
    target = self.gradInput
  end
  call('updateGradInput', self, input, { gradOutput, target, self.weight })
  return self.gradInput
end

function VolumetricFullConvolution:accGradParameters(input, gradOutput, scale)
  call('accGradParameters', self, input, { gradOutput, self.gradWeight, self.gradBias }, scale or 1)
end

function VolumetricFullConvolution:type(type, tensorCache)
  if type then convolving.drop_work(self) end
  return Module.type(self, type, tensorCache)
end

function VolumetricFullConvolution:__tostring__()
  return describe.convolution(self, 3, { extra = describe.group(self, 'adj', 3), silent = true })
end
