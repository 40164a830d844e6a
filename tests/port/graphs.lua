-- Builds models wired with nngraph, runs each once, and saves it beside an input: NAME.t7, NAME.input.t7.
-- Called with the folder; returns the names.
require 'nn'
require 'nngraph'

local folder = ...
torch.manualSeed(3)

-- The cell of char-rnn.
local function lstm(x, c, h, inputs, cells)
  local i2h = nn.Linear(inputs, 4 * cells)(x):annotate{name = 'i2h'}
  local h2h = nn.Linear(cells, 4 * cells)(h):annotate{name = 'h2h'}
  local sums = nn.Reshape(4, cells)(nn.CAddTable()({i2h, h2h}))
  local n1, n2, n3, n4 = nn.SplitTable(2)(sums):split(4)
  local input, forget, output, candidate = nn.Sigmoid()(n1), nn.Sigmoid()(n2), nn.Sigmoid()(n3), nn.Tanh()(n4)
  local nextC = nn.CAddTable()({nn.CMulTable()({forget, c}), nn.CMulTable()({input, candidate})})
  return nextC, nn.CMulTable()({output, nn.Tanh()(nextC)})
end

local function recurrent()
  local inputs = {}
  for i = 1, 5 do inputs[i] = nn.Identity()() end
  local c1, h1 = lstm(nn.LookupTable(12, 6)(inputs[1]), inputs[2], inputs[3], 6, 5)
  local c2, h2 = lstm(nn.Dropout(0.3)(h1), inputs[4], inputs[5], 5, 5)
  local scores = nn.LogSoftMax()(nn.Linear(5, 12)(h2):annotate{name = 'decoder'})
  return nn.gModule(inputs, {c1, h1, c2, h2, scores})
end

-- The cell of char-rnn's GRU.
local function gru()
  local x, h = nn.Identity()(), nn.Identity()()
  local function sum() return nn.CAddTable()({nn.Linear(4, 5)(x), nn.Linear(5, 5)(h)}) end
  local update, reset = nn.Sigmoid()(sum()), nn.Sigmoid()(sum())
  local candidate = nn.Tanh()(nn.CAddTable()({nn.Linear(4, 5)(x), nn.Linear(5, 5)(nn.CMulTable()({reset, h}))}))
  local rest = nn.AddConstant(1, false)(nn.MulConstant(-1, false)(update))
  return nn.gModule({x, h}, {nn.CAddTable()({nn.CMulTable()({update, candidate}), nn.CMulTable()({rest, h})})})
end

local function unet()
  local input = nn.Identity()()
  local down = nn.ReLU(true)(nn.SpatialBatchNormalization(4)(nn.SpatialConvolution(1, 4, 3, 3, 1, 1, 1, 1)(input)))
  local bottom = nn.ReLU(true)(nn.SpatialConvolution(4, 4, 3, 3, 1, 1, 1, 1)(nn.SpatialMaxPooling(2, 2, 2, 2)(down)))
  local joined = nn.JoinTable(2)({down, nn.SpatialUpSamplingNearest(2)(bottom)})
  return nn.gModule({input}, {nn.SpatialConvolution(8, 1, 1, 1)(joined)})
end

local function shared()
  local input = nn.Identity()()
  local linear = nn.Linear(4, 4)
  local first = nn.Tanh()(linear(input))
  local second = nn.Tanh()(linear:clone('weight', 'bias', 'gradWeight', 'gradBias')(first))
  local head = nn.Sequential():add(nn.Linear(4, 3)):add(nn.ReLU())(second)
  local graph = nn.gModule({input}, {head, first})
  return nn.Sequential():add(nn.Identity()):add(graph):add(nn.SelectTable(1))
end

-- Residual blocks, each several nodes under one container.
local function residual()
  local input = nn.Identity()()
  local value = nn.ReLU(true)(nn.SpatialConvolution(1, 4, 3, 3)(nn.SpatialReflectionPadding(1, 1, 1, 1)(input)))
  for _ = 1, 3 do
    local straight = nn.Sequential():add(nn.SpatialConvolution(4, 4, 3, 3, 1, 1, 1, 1))
      :add(nn.SpatialBatchNormalization(4)):add(nn.ReLU(true))
    local block = nn.Sequential():add(nn.ConcatTable():add(straight):add(nn.Identity())):add(nn.CAddTable())
    value = block(value)
  end
  return nn.gModule({input}, {value})
end

-- A highway network as people wrote it: one nonlinearity at several places, whose output the later ones overwrite.
local function highway()
  local nonlinearity = nn.ReLU()
  local input = nn.Identity()()
  local value = input
  for _ = 1, 2 do
    local gate = nn.Sigmoid()(nn.Linear(4, 4)(value))
    local rest = nn.AddConstant(1)(nn.MulConstant(-1)(gate))
    local made = nonlinearity(nn.Linear(4, 4)(value))
    value = nn.CAddTable()({nn.CMulTable()({gate, made}), nn.CMulTable()({rest, value})})
  end
  return nn.gModule({input}, {value})
end

-- Takes class numbers and a table of states, and returns a loss.
local function loss()
  local x, y, states = nn.Identity()(), nn.Identity()(), nn.Identity()()
  local c, h = states:split(2)
  local nextC = nn.CMulTable()({nn.Sigmoid()(nn.Linear(6, 5)(nn.LookupTable(12, 6)(x))), c})
  local scores = nn.LogSoftMax()(nn.Linear(5, 12)(nn.CAddTable()({nextC, nn.Linear(5, 5)(h)})))
  return nn.gModule({x, y, states}, {nn.ClassNLLCriterion()({scores, y}), nn.Identity()({nextC, h})})
end

local models = {
  highway = {highway(), torch.randn(3, 4)},
  loss = {loss(), {torch.LongTensor{3, 5, 7}, torch.LongTensor{2, 1, 2}, {torch.randn(3, 5), torch.randn(3, 5)}}},
  residual = {residual(), torch.randn(2, 1, 8, 8)},
  recurrent = {
    recurrent(),
    {torch.LongTensor{3, 5, 7, 1}, torch.randn(4, 5), torch.randn(4, 5), torch.randn(4, 5), torch.randn(4, 5)}},
  gru = {gru(), {torch.randn(3, 4), torch.randn(3, 5)}},
  unet = {unet(), torch.randn(2, 1, 8, 8)},
  shared = {shared(), torch.randn(3, 4)},
}
local names = {}
for name, entry in pairs(models) do
  local output = entry[1]:forward(entry[2])
  entry[1]:backward(entry[2], output)
  local saved = entry[1]
  if name == 'recurrent' then saved = {protos = {rnn = entry[1], criterion = nn.ClassNLLCriterion()}, epoch = 1.5} end
  torch.save(folder .. '/' .. name .. '.t7', saved)
  torch.save(folder .. '/' .. name .. '.input.t7', entry[2])
  names[#names + 1] = name
end
return names
