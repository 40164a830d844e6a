-- Builds models of the kinds that people port, runs each once, and saves it beside an input: NAME.t7, NAME.input.t7.
-- Called with the folder; returns the names.
require 'nn'

local folder = ...
torch.manualSeed(1)

local function conv(planesIn, planesOut, k, stride, pad)
  return nn.SpatialConvolution(planesIn, planesOut, k, k, stride or 1, stride or 1, pad or 0, pad or 0)
end

local function sequence(...)
  local model = nn.Sequential()
  for _, module in ipairs({...}) do model:add(module) end
  return model
end

local function residual(planesIn, planesOut, stride)
  local straight = sequence(
    conv(planesIn, planesOut, 3, stride, 1), nn.SpatialBatchNormalization(planesOut), nn.ReLU(true),
    conv(planesOut, planesOut, 3, 1, 1), nn.SpatialBatchNormalization(planesOut))
  local shortcut = nn.Identity()
  if planesIn ~= planesOut then
    shortcut = sequence(nn.SpatialAveragePooling(1, 1, stride, stride),
      nn.Concat(2):add(nn.Identity()):add(nn.MulConstant(0)))
  end
  return sequence(nn.ConcatTable():add(straight):add(shortcut), nn.CAddTable(true), nn.ReLU(true))
end

local inception = nn.DepthConcat(2)
  :add(conv(3, 4, 1))
  :add(sequence(conv(3, 2, 1), nn.ReLU(), conv(2, 4, 3)))
  :add(sequence(conv(3, 2, 1), conv(2, 4, 5, 1, 2)))
local encoder = sequence(nn.Linear(6, 5), nn.Tanh())
local pooling = nn.SpatialMaxPooling(2, 2, 2, 2)
local gater = sequence(nn.Linear(5, 2), nn.SoftMax())
local experts = nn.ConcatTable():add(nn.Linear(5, 3)):add(nn.Linear(5, 3))
local weights = sequence(nn.JoinTable(2), nn.Linear(7, 4), nn.SoftMax())

local models = {
  resnet = {
    sequence(conv(3, 8, 3, 1, 1), nn.SpatialBatchNormalization(8), nn.ReLU(true), residual(8, 8, 1),
      residual(8, 16, 2), nn.SpatialAveragePooling(4, 4, 1, 1), nn.View(16):setNumInputDims(3), nn.Linear(16, 10)),
    torch.randn(2, 3, 8, 8)},
  inception = {
    sequence(inception, nn.SpatialCrossMapLRN(5), nn.SpatialMaxPooling(3, 3, 2, 2):ceil(), nn.Reshape(12 * 4 * 4),
      nn.Linear(12 * 4 * 4, 5), nn.LogSoftMax()),
    torch.randn(2, 3, 8, 8)},
  generator = {
    sequence(nn.SpatialFullConvolution(10, 16, 4, 4), nn.SpatialBatchNormalization(16), nn.ReLU(true),
      nn.SpatialFullConvolution(16, 3, 4, 4, 2, 2, 1, 1), nn.Tanh()),
    torch.randn(2, 10, 1, 1)},
  discriminator = {
    sequence(conv(3, 8, 4, 2, 1), nn.LeakyReLU(0.2, true), conv(8, 1, 4), nn.Sigmoid(),
      nn.View(1):setNumInputDims(3)),
    torch.randn(3, 3, 8, 8)},
  siamese = {
    sequence(nn.ParallelTable():add(encoder):add(encoder:clone('weight', 'bias', 'gradWeight', 'gradBias')),
      nn.PairwiseDistance(2)),
    {torch.randn(3, 6), torch.randn(3, 6)}},
  siamese_own_gradients = {
    sequence(nn.ParallelTable():add(encoder):add(encoder:clone('weight', 'bias')), nn.CosineDistance()),
    {torch.randn(3, 6), torch.randn(3, 6)}},
  text = {
    sequence(nn.LookupTable(20, 6), nn.Bottle(nn.Linear(6, 4)), nn.Max(2), nn.Linear(4, 2)),
    torch.LongTensor(3, 7):random(1, 20)},
  attention = {
    sequence(nn.ConcatTable():add(nn.SelectTable(1)):add(weights), nn.CMulTable()),
    {torch.randn(3, 4), torch.randn(3, 3)}},
  map = {sequence(nn.SplitTable(2), nn.MapTable(nn.Linear(4, 2)), nn.CAddTable()), torch.randn(3, 5, 4)},
  single_sample = {sequence(nn.Linear(4, 3), nn.SoftMax()), torch.randn(4)},
  no_weights = {
    sequence(nn.Concat(2):add(nn.Narrow(2, 1, 2)):add(sequence(nn.Narrow(2, 2, -1), nn.Square())), nn.Sum(2)),
    torch.randn(3, 5)},
  unpooling = {
    sequence(conv(1, 2, 3, 1, 1), pooling, nn.ReLU(), nn.SpatialMaxUnpooling(pooling), conv(2, 1, 3, 1, 1)),
    torch.randn(2, 1, 8, 8)},
  mixture = {sequence(nn.ConcatTable():add(gater):add(experts), nn.MixtureTable()), torch.randn(4, 5)},
  two_outputs = {sequence(nn.Linear(4, 4), nn.ConcatTable():add(nn.Tanh()):add(nn.Sigmoid())), torch.randn(3, 4)},
  nested_tables = {
    sequence(nn.ConcatTable():add(nn.Identity()):add(nn.ConcatTable():add(nn.Linear(4, 2)):add(nn.Linear(4, 3))),
      nn.FlattenTable(), nn.JoinTable(2)),
    torch.randn(3, 4)},
}

local names = {}
for name, entry in pairs(models) do
  local model, input = entry[1], entry[2]
  local output = model:forward(input)
  model:backward(input, output)
  torch.save(folder .. '/' .. name .. '.t7', model)
  torch.save(folder .. '/' .. name .. '.input.t7', input)
  names[#names + 1] = name
end
return names
