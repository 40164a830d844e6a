--- nn.SpatialClassifier(classifier): a network for vectors at each pixel of a map. Input: C x H x W, or N x C x H x W.
local SpatialClassifier, Container = torch.class('nn.SpatialClassifier', 'nn.Container')

function SpatialClassifier:__init(classifier)
  Container.__init(self)
  self.classifier = classifier or nn.Sequential()
  self.modules = { self.classifier }
end

--- Adds a module to the classifier.
function SpatialClassifier:add(module)
  self.classifier:add(module)
  return self
end

-- The pixels as rows, and the maps of rows.
local function to_rows(maps)
  local channels = maps:dim() == 3 and 1 or 2
  return maps:transpose(channels, channels + 1):transpose(channels + 1, channels + 2):contiguous()
    :view(-1, maps:size(channels))
end

local function to_maps(rows, like)
  local batch = like:dim() == 4
  local height, width = like:size(batch and 3 or 2), like:size(batch and 4 or 3)
  if batch then return rows:view(like:size(1), height, width, -1):transpose(3, 4):transpose(2, 3):contiguous() end
  return rows:view(height, width, -1):transpose(2, 3):transpose(1, 2):contiguous()
end

function SpatialClassifier:updateOutput(input)
  if input:dim() ~= 3 and input:dim() ~= 4 then
    error(('nn.SpatialClassifier: 3D or 4D input expected, got %dD'):format(input:dim()), 2)
  end
  self.output = to_maps(self.classifier:updateOutput(to_rows(input)), input)
  return self.output
end

function SpatialClassifier:updateGradInput(input, gradOutput)
  self.gradInput = to_maps(self.classifier:updateGradInput(to_rows(input), to_rows(gradOutput)), input)
  return self.gradInput
end

function SpatialClassifier:accGradParameters(input, gradOutput, scale)
  self.classifier:accGradParameters(to_rows(input), to_rows(gradOutput), scale)
end
