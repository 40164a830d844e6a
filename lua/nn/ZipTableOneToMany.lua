--- nn.ZipTableOneToMany(): from {a, {b1, b2}} the table {{a, b1}, {a, b2}}.
local ZipTableOneToMany, Module = torch.class('nn.ZipTableOneToMany', 'nn.Module')

function ZipTableOneToMany:__init()
  Module.__init(self)
  self.output, self.gradInput = {}, {}
  self.gradInputEl = torch.Tensor()
end

function ZipTableOneToMany:updateOutput(input)
  if #input ~= 2 then error('input must be table of element and table', 2) end
  local output = {}
  for i, element in ipairs(input[2]) do output[i] = { input[1], element } end
  self.output = output
  return output
end

function ZipTableOneToMany:updateGradInput(input, gradOutput)
  self.gradInputEl:resizeAs(input[1]):zero()
  local others = {}
  for i, pair in ipairs(gradOutput) do
    self.gradInputEl:add(pair[1])
    others[i] = pair[2]
  end
  self.gradInput = { self.gradInputEl, others }
  return self.gradInput
end
