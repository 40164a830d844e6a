--- nn.SpatialPadding(pad_l, pad_r = pad_l, pad_t = pad_l, pad_b = pad_l, y_dim = 2, x_dim = 3, val = 0): pads two
-- dimensions with a value; negative padding crops.
local SpatialPadding, Module = torch.class('nn.SpatialPadding', 'nn.Module')

function SpatialPadding:__init(pad_l, pad_r, pad_t, pad_b, y_dim, x_dim, val)
  Module.__init(self)
  self.pad_l, self.pad_r, self.pad_t, self.pad_b = pad_l, pad_r or pad_l, pad_t or pad_l, pad_b or pad_l
  self.y_dim, self.x_dim, self.val = y_dim or 2, x_dim or 3, val or 0
end

-- The parts of the small and the padded tensor that stand for each other.
local function common(self, inner, padded)
  for _, side in ipairs { { self.y_dim, self.pad_t, self.pad_b }, { self.x_dim, self.pad_l, self.pad_r } } do
    local dimension, before, after = unpack(side)
    local length = inner:size(dimension) + math.min(before, 0) + math.min(after, 0)
    inner = inner:narrow(dimension, 1 + math.max(-before, 0), length)
    padded = padded:narrow(dimension, 1 + math.max(before, 0), length)
  end
  return inner, padded
end

function SpatialPadding:updateOutput(input)
  local size = input:size()
  size[self.y_dim] = size[self.y_dim] + self.pad_t + self.pad_b
  size[self.x_dim] = size[self.x_dim] + self.pad_l + self.pad_r
  if size[self.y_dim] < 1 or size[self.x_dim] < 1 then error('nn.SpatialPadding: the input is too small', 2) end
  self.output:resize(size):fill(self.val)
  local inner, padded = common(self, input, self.output)
  padded:copy(inner)
  return self.output
end

function SpatialPadding:updateGradInput(input, gradOutput)
  self.gradInput:resizeAs(input):zero()
  local inner, padded = common(self, self.gradInput, gradOutput)
  inner:copy(padded)
  return self.gradInput
end
