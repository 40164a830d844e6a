--- nn.SpatialMaxUnpooling(pooling): puts values back where the nn.SpatialMaxPooling `pooling` took its maxima; zeros elsewhere.
local SpatialMaxUnpooling, Module = torch.class('nn.SpatialMaxUnpooling', 'nn.Module')

function SpatialMaxUnpooling:__init(pooling)
  Module.__init(self)
  if torch.type(pooling) ~= 'nn.SpatialMaxPooling' then error('Argument must be a nn.SpatialMaxPooling module', 2) end
  if pooling.kH ~= pooling.dH or pooling.kW ~= pooling.dW then
    error("The size of pooling module's kernel must be equal to its stride", 2)
  end
  self.pooling = pooling
end

--- Reads indices and extents from the pooling module's last call.
function SpatialMaxUnpooling:setParams()
  self.indices = self.pooling.indices
  self.oheight, self.owidth = self.pooling.iheight, self.pooling.iwidth
end

function SpatialMaxUnpooling:updateOutput(input)
  self:setParams()
  input.THNN.SpatialMaxUnpooling_updateOutput(input, self.output, self.indices, self.owidth, self.oheight)
  return self.output
end

function SpatialMaxUnpooling:updateGradInput(input, gradOutput)
  self:setParams()
  input.THNN.SpatialMaxUnpooling_updateGradInput(input, gradOutput, self.gradInput, self.indices, self.owidth,
    self.oheight)
  return self.gradInput
end

function SpatialMaxUnpooling:empty()
  self:clearState()
end

function SpatialMaxUnpooling:__tostring__()
  return 'nn.SpatialMaxUnpooling associated to ' .. tostring(self.pooling)
end
