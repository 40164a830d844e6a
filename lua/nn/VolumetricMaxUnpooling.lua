--- nn.VolumetricMaxUnpooling(pooling): puts values back where the nn.VolumetricMaxPooling `pooling` took its maxima.
local VolumetricMaxUnpooling, Module = torch.class('nn.VolumetricMaxUnpooling', 'nn.Module')

function VolumetricMaxUnpooling:__init(pooling)
  Module.__init(self)
  if torch.type(pooling) ~= 'nn.VolumetricMaxPooling' then
    error('Argument must be a nn.VolumetricMaxPooling module', 2)
  end
  if pooling.kT ~= pooling.dT or pooling.kH ~= pooling.dH or pooling.kW ~= pooling.dW then
    error("The size of pooling module's kernel must be equal to its stride", 2)
  end
  self.pooling = pooling
end

--- Reads indices, extents and geometry from the pooling module's last call.
function VolumetricMaxUnpooling:setParams()
  local pooling = self.pooling
  self.indices = pooling.indices
  self.otime, self.oheight, self.owidth = pooling.itime, pooling.iheight, pooling.iwidth
  for _, name in ipairs { 'dT', 'dH', 'dW', 'padT', 'padH', 'padW' } do self[name] = pooling[name] end
end

local function geometry(self)
  return self.indices, self.otime, self.owidth, self.oheight, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH
end

function VolumetricMaxUnpooling:updateOutput(input)
  self:setParams()
  input.THNN.VolumetricMaxUnpooling_updateOutput(input, self.output, geometry(self))
  return self.output
end

function VolumetricMaxUnpooling:updateGradInput(input, gradOutput)
  self:setParams()
  input.THNN.VolumetricMaxUnpooling_updateGradInput(input, gradOutput, self.gradInput, geometry(self))
  return self.gradInput
end

function VolumetricMaxUnpooling:empty()
  self:clearState()
end

function VolumetricMaxUnpooling:__tostring__()
  return 'nn.VolumetricMaxUnpooling associated to ' .. tostring(self.pooling)
end
