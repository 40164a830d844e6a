----------------------------------------------------------------------
-- Trains a small convolutional network on handwritten digits.
--
-- The data are 1,797 images of 8x8 pixels (values 0 to 16). The last
-- fifth, written by other people than the rest, is for testing.
--
--   th train.lua -save results -maxEpoch 40
----------------------------------------------------------------------

require 'torch'
require 'nn'
require 'optim'
require 'xlua'
require 'paths'

----------------------------------------------------------------------
-- options

cmd = torch.CmdLine()
cmd:text()
cmd:text('Trains a convolutional network on handwritten digits')
cmd:text()
cmd:text('Options:')
cmd:option('-save', 'results', 'folder for the model and the log')
cmd:option('-data', '', 'data file (digits.t7 beside this script)')
cmd:option('-seed', 1, 'seed of the random numbers')
cmd:option('-threads', 1, 'number of threads')
cmd:option('-maxEpoch', 40, 'passes over the training images')
cmd:option('-batchSize', 32, 'images in a mini-batch')
cmd:option('-learningRate', 0.05, 'learning rate')
cmd:option('-learningRateDecay', 2e-3, 'learning rate decay, per mini-batch')
cmd:option('-momentum', 0.9, 'momentum')
cmd:option('-weightDecay', 1e-4, 'weight decay')
cmd:option('-dropout', 0.5, 'share of features dropped in training')
cmd:option('-silent', false, 'no progress bar')
cmd:text()
opt = cmd:parse(arg or {})

torch.setdefaulttensortype('torch.FloatTensor')
torch.setnumthreads(opt.threads)
torch.manualSeed(opt.seed)

if opt.data == '' then opt.data = paths.concat(paths.dirname(paths.thisfile()), 'digits.t7') end

----------------------------------------------------------------------
-- data

print('==> loading ' .. opt.data)

local digits = torch.load(opt.data)
local nImage = digits.data:size(1)
local nTest = math.floor(nImage / 5)

-- images first..first+count-1, in the default tensor type
local function subset(first, count)
   local set = {}
   set.data = digits.data:narrow(1, first, count):type(torch.getdefaulttensortype())
   set.labels = digits.labels:narrow(1, first, count):clone()
   function set:size() return self.data:size(1) end
   return set
end

trainset = subset(1, nImage - nTest)
testset = subset(nImage - nTest + 1, nTest)
print(trainset:size() .. ' training images, ' .. testset:size() .. ' test images')

----------------------------------------------------------------------
-- model: the first two layers bring pixels from 0..16 to -1..1

classes = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9'}

model = nn.Sequential()
model:add(nn.MulConstant(1 / 8))
model:add(nn.AddConstant(-1))
model:add(nn.SpatialConvolutionMM(1, 16, 3, 3, 1, 1, 1, 1))
model:add(nn.Tanh())
model:add(nn.SpatialMaxPooling(2, 2, 2, 2))
model:add(nn.SpatialConvolution(16, 64, 3, 3, 1, 1, 1, 1))
model:add(nn.Tanh())
model:add(nn.SpatialMaxPooling(2, 2, 2, 2))
model:add(nn.Dropout(opt.dropout))
model:add(nn.Reshape(64 * 2 * 2))
model:add(nn.Linear(64 * 2 * 2, 128))
model:add(nn.Tanh())
model:add(nn.Linear(128, #classes))
model:add(nn.LogSoftMax())

criterion = nn.ClassNLLCriterion()

print('==> model:')
print(model)

parameters, gradParameters = model:getParameters()
print('==> ' .. parameters:nElement() .. ' parameters')

----------------------------------------------------------------------
-- training and testing

confusion = optim.ConfusionMatrix(classes)
logger = optim.Logger(paths.concat(opt.save, 'train.log'))
logger:setNames{'loss', 'train accuracy (%)', 'test accuracy (%)'}

optimState = {
   learningRate = opt.learningRate,
   learningRateDecay = opt.learningRateDecay,
   momentum = opt.momentum,
   dampening = 0,
   weightDecay = opt.weightDecay,
}

local function progress(current, goal)
   if not opt.silent then xlua.progress(current, goal) end
end

-- moves a mini-batch by up to one pixel each way, so that the network does not rely on exact places
local function jitter(images)
   local dx, dy = torch.random(-1, 1), torch.random(-1, 1)
   local h, w = images:size(3) - math.abs(dy), images:size(4) - math.abs(dx)
   local function overlap(t, y, x)
      return t:narrow(3, math.max(1, 1 + y), h):narrow(4, math.max(1, 1 + x), w)
   end
   local moved = torch.Tensor():resizeAs(images):zero()
   overlap(moved, dy, dx):copy(overlap(images, -dy, -dx))
   return moved
end

function train(epoch)
   print('==> epoch # ' .. epoch)
   model:training()
   confusion:zero()
   local shuffle = torch.randperm(trainset:size()):long()
   local total = 0

   for t = 1, trainset:size(), opt.batchSize do
      local size = math.min(opt.batchSize, trainset:size() - t + 1)
      local index = shuffle:narrow(1, t, size)
      local inputs = jitter(trainset.data:index(1, index))
      local targets = trainset.labels:index(1, index)

      local feval = function(x)
         if x ~= parameters then parameters:copy(x) end
         gradParameters:zero()
         local outputs = model:forward(inputs)
         local f = criterion:forward(outputs, targets)
         model:backward(inputs, criterion:backward(outputs, targets))
         confusion:batchAdd(outputs, targets)
         return f, gradParameters
      end

      local _, fs = optim.sgd(feval, parameters, optimState)
      total = total + fs[1] * size
      progress(t + size - 1, trainset:size())
   end

   confusion:updateValids()
   return total / trainset:size(), confusion.totalValid * 100
end

function test()
   model:evaluate()
   confusion:zero()
   confusion:batchAdd(model:forward(testset.data), testset.labels)
   confusion:updateValids()
   return confusion.totalValid * 100
end

----------------------------------------------------------------------
-- the main loop

local timer = torch.Timer()

for epoch = 1, opt.maxEpoch do
   local loss, trainAccuracy = train(epoch)
   local testAccuracy = test()
   print(string.format('loss %.4f, training images %.2f%%, test images %.2f%%', loss, trainAccuracy, testAccuracy))
   logger:add{loss, trainAccuracy, testAccuracy}
end

print('==> test images:')
print(confusion)

local file = paths.concat(opt.save, 'model.t7')
model:clearState()
torch.save(file, model)
torch.save(paths.concat(opt.save, 'test.t7'), {data = testset.data, labels = testset.labels})
print(string.format('==> accuracy on %d held-out images: %.2f%%', testset:size(), confusion.totalValid * 100))
print(string.format('==> %.1f s; model saved as %s', timer:time().real, file))
