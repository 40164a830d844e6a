--- nngraph.JustTable(): a table of one element, the input.
local JustTable, Module = torch.class('nngraph.JustTable', 'nn.Module')

function JustTable:__init()
  Module.__init(self)
  self.output = {}
end

function JustTable:updateOutput(input)
  self.output[1] = input
  return self.output
end

function JustTable:updateGradInput(_, gradOutput)
  self.gradInput = gradOutput[1]
  return self.gradInput
end
