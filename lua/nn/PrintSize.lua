--- nn.PrintSize([prefix = 'PrintSize']): the identity; prints the sizes of what passes through.
local PrintSize, Module = torch.class('nn.PrintSize', 'nn.Module')

function PrintSize:__init(prefix)
  Module.__init(self)
  self.prefix = prefix or 'PrintSize'
end

local function described(value)
  return torch.isTensor(value) and tostring(value:size()) or tostring(value)
end

function PrintSize:updateOutput(input)
  self.output = input
  print(('%s:input\n%s'):format(self.prefix, described(input)))
  return input
end

function PrintSize:updateGradInput(_, gradOutput)
  print(('%s:gradOutput\n%s'):format(self.prefix, described(gradOutput)))
  self.gradInput = gradOutput
  return gradOutput
end
