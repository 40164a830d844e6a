--- nn.SpatialCrossMapLRN(size[, alpha = 1e-4[, beta = 0.75[, k = 1]]]) (Krizhevsky et al., 2012)
-- x / (k + alpha / size * sum of x^2 over `size` neighbouring planes)^beta. Input: C x H x W, or a batch of those.
local SpatialCrossMapLRN, Module = torch.class('nn.SpatialCrossMapLRN', 'nn.Module')

function SpatialCrossMapLRN:__init(size, alpha, beta, k)
  Module.__init(self)
  self.size = size
  self.alpha = alpha or 0.0001
  self.beta = beta or 0.75
  self.k = k or 1
end

--- A view of one image as a batch of one.
local function as_batch(tensor)
  if tensor:dim() == 4 then return tensor end
  if tensor:dim() == 3 then return nn.utils.addSingletonDimension(tensor, 1) end
  error('Input must be 3D or 4D', 3)
end

--- result += factor * (sum of `values` over the planes of each plane's neighbourhood).
local function add_neighbours(self, result, factor, values)
  local channels = values:size(2)
  local before = math.floor((self.size - 1) / 2)
  for shift = -before, self.size - 1 - before do
    local length = channels - math.abs(shift)
    if length > 0 then
      result:narrow(2, math.max(1, 1 - shift), length):add(factor, values:narrow(2, math.max(1, 1 + shift), length))
    end
  end
end

function SpatialCrossMapLRN:updateOutput(input)
  local batch = as_batch(input)
  self.output:resizeAs(batch):pow(batch, 2)
  self.scale = (self.scale or input.new()):resizeAs(batch):fill(self.k)
  add_neighbours(self, self.scale, self.alpha / self.size, self.output)
  self.output:pow(self.scale, -self.beta):cmul(batch)
  return self.output:resize(input:size())
end

function SpatialCrossMapLRN:updateGradInput(input, gradOutput)
  local batch, gradient, output = as_batch(input), as_batch(gradOutput), as_batch(self.output)
  local ratio = (self.ratio or input.new()):resizeAs(batch)
  self.ratio = ratio
  self.accumulated = (self.accumulated or input.new()):resizeAs(batch):zero()
  ratio:cmul(gradient, output):cdiv(self.scale)
  add_neighbours(self, self.accumulated, -2 * self.alpha * self.beta / self.size, ratio)
  self.gradInput:resizeAs(batch):pow(self.scale, -self.beta):cmul(gradient):addcmul(1, batch, self.accumulated)
  return self.gradInput:resize(input:size())
end

function SpatialCrossMapLRN:clearState()
  nn.utils.clear(self, 'scale', 'ratio', 'accumulated', 'paddedRatio', 'accumRatio')
  return Module.clearState(self)
end
