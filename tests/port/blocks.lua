-- Models whose parts come again, as those of image networks do: saves NAME.t7 for each; returns the names.
require 'nn'

local folder = ...
torch.manualSeed(5)
torch.setdefaulttensortype('torch.FloatTensor')

local function convolution(from, to, size, stride)
  local pad = (size - 1) / 2
  return nn.SpatialConvolution(from, to, size, size, stride or 1, stride or 1, pad, pad)
end

local function residual(from, to, stride)
  local body = nn.Sequential():add(convolution(from, to, 3, stride)):add(nn.SpatialBatchNormalization(to))
    :add(nn.ReLU(true)):add(convolution(to, to, 3)):add(nn.SpatialBatchNormalization(to))
  local way = from == to and nn.Identity() or convolution(from, to, 1, stride)
  return nn.Sequential():add(nn.ConcatTable():add(body):add(way)):add(nn.CAddTable(true)):add(nn.ReLU(true))
end

local function resnet()
  local model = nn.Sequential():add(convolution(3, 4, 3)):add(nn.ReLU(true))
  for _, sizes in ipairs({{4, 4, 1}, {4, 6, 2}, {6, 8, 2}}) do
    model:add(nn.Sequential():add(residual(sizes[1], sizes[2], sizes[3])):add(residual(sizes[2], sizes[2], 1)))
  end
  return model:add(nn.SpatialAveragePooling(4, 4)):add(nn.View(8):setNumInputDims(3)):add(nn.Linear(8, 5))
end

local function tower(from, a, b, c)
  local branches = nn.Concat(2):add(convolution(from, a, 1))
  branches:add(nn.Sequential():add(convolution(from, b, 1)):add(nn.ReLU()):add(convolution(b, c, 3)))
  branches:add(nn.Sequential():add(nn.SpatialMaxPooling(3, 3, 1, 1, 1, 1)):add(convolution(from, a, 1)))
  return branches
end

local function inception()
  local model = nn.Sequential():add(convolution(3, 4, 3)):add(tower(4, 2, 3, 5)):add(nn.ReLU()):add(tower(9, 3, 2, 6))
  return model:add(nn.SpatialAveragePooling(8, 8)):add(nn.View(-1):setNumInputDims(3)):add(nn.Linear(12, 3))
end

-- A module that is used twice cannot be made anew for each place.
local function shared()
  local layer = nn.Linear(4, 4)
  local function part() return nn.Sequential():add(nn.ConcatTable():add(layer):add(nn.Identity())):add(nn.CAddTable()) end
  return nn.Sequential():add(part()):add(nn.Tanh()):add(part()):add(nn.Linear(4, 2))
end

-- Parts that share their weights become two objects with tied parameters.
local function tied()
  local function part() return nn.Sequential():add(nn.ConcatTable():add(nn.Linear(4, 4)):add(nn.Identity()))
    :add(nn.CAddTable()) end
  local first = part()
  return nn.Sequential():add(first):add(nn.Tanh()):add(first:clone('weight', 'bias', 'gradWeight', 'gradBias'))
end

local models = {resnet = resnet(), inception = inception(), shared = shared(), tied = tied()}
local names = {}
for name, model in pairs(models) do
  torch.save(folder .. '/' .. name .. '.t7', model)
  names[#names + 1] = name
end
return names
