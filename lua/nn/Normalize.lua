--- nn.Normalize(p[, eps = 1e-10]): divides a vector, or each row of an N x d matrix, by its p-norm; p > 0 or math.huge.
local Normalize, Module = torch.class('nn.Normalize', 'nn.Module')

function Normalize:__init(p, eps)
  Module.__init(self)
  if not p then error('p-norm not provided', 2) end
  if p <= 0 then error(p .. '-norm not supported', 2) end
  self.p = p
  self.eps = eps or 1e-10
end

local function rows(tensor)
  if tensor:dim() > 2 then error('only 1d layer supported', 3) end
  return tensor:dim() == 1 and tensor:contiguous():view(1, tensor:size(1)) or tensor:contiguous()
end

function Normalize:updateOutput(input)
  local x = rows(input)
  if self.p == math.huge then
    self.norm, self._indices = torch.abs(x):max(2)
    self.norm:add(self.eps)
  else
    self.normp = torch.abs(x):pow(self.p):sum(2):add(self.eps)
    self.norm = torch.pow(self.normp, 1 / self.p)
  end
  self.output:resizeAs(x):cdiv(x, self.norm:expandAs(x))
  return self.output:resize(input:size())
end

--- d|x|_p / dx, N x d.
local function norm_gradient(self, x)
  local p = self.p
  if p == math.huge then
    local gradient = x.new():resizeAs(x):zero()
    gradient:scatter(2, self._indices, x:gather(2, self._indices):cdiv(self.norm))
    return gradient
  end
  local power
  if p == 2 then
    power = x:clone()
  elseif p < 2 then
    power = torch.abs(x):add(self.eps):pow(p - 2):cmul(x)
  else
    power = torch.abs(x):pow(p - 2):cmul(x)
  end
  return power:cmul(torch.cdiv(self.norm, self.normp):expandAs(x))
end

function Normalize:updateGradInput(input, gradOutput)
  local x, gradient = rows(input), rows(gradOutput)
  local along = torch.cmul(x, gradient):sum(2):cdiv(self.norm)
  self.gradInput:resizeAs(x):copy(gradient)
  self.gradInput:addcmul(-1, along:expandAs(x), norm_gradient(self, x)):cdiv(self.norm:expandAs(x))
  return self.gradInput:resize(input:size())
end

function Normalize:type(type, tensorCache)
  if type then self._indices = nil end
  return Module.type(self, type, tensorCache)
end

function Normalize:clearState()
  nn.utils.clear(self, '_output', '_indices', '_gradInput', 'buffer', 'buffer2', 'norm', 'normp', 'cross')
  return Module.clearState(self)
end

function Normalize:__tostring__()
  return (self.p % 1 == 0 and '%s(%d)' or '%s(%f)'):format(torch.type(self), self.p)
end
