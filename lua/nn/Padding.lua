--- nn.Padding(dim, pad[, nInputDim[, value = 0[, index = 1]]]): adds |pad| slices of `value` along a dimension.
-- A negative pad adds them before place `index`, a positive one after it, counted from the end. nInputDim: an input with
-- another number of dimensions is a batch.
local Padding, Module = torch.class('nn.Padding', 'nn.Module')

function Padding:__init(dim, pad, nInputDim, value, index)
  Module.__init(self)
  self.value = value or 0
  self.index = index or 1
  self.dim, self.pad, self.nInputDim = dim, pad, nInputDim
  self.outputSize = torch.LongStorage()
end

--- Calls visit(dim, place in the input, place in the output, length) for the parts before and after the padding.
local function each_part(self, input, visit)
  local dim = self.dim
  if self.nInputDim and input:dim() ~= self.nInputDim then dim = dim + 1 end
  local extent, count = input:size(dim), math.abs(self.pad)
  local before = self.index - 1
  if self.pad > 0 then before = extent - before end
  if before > 0 then visit(dim, 1, 1, before) end
  if before < extent then visit(dim, before + 1, before + 1 + count, extent - before) end
  return dim, count
end

function Padding:updateOutput(input)
  local parts = {}
  local dim, count = each_part(self, input, function(...) parts[#parts + 1] = { ... } end)
  self.outputSize = input:size()
  self.outputSize[dim] = self.outputSize[dim] + count
  self.output:resize(self.outputSize):fill(self.value)
  for _, part in ipairs(parts) do
    local d, from, to, length = unpack(part)
    self.output:narrow(d, to, length):copy(input:narrow(d, from, length))
  end
  return self.output
end

function Padding:updateGradInput(input, gradOutput)
  self.gradInput:resizeAs(input)
  each_part(self, input, function(dim, from, to, length)
    self.gradInput:narrow(dim, from, length):copy(gradOutput:narrow(dim, to, length))
  end)
  return self.gradInput
end
