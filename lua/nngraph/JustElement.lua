--- nngraph.JustElement(): the element of a table that has one.
local JustElement, Module = torch.class('nngraph.JustElement', 'nn.Module')

function JustElement:__init()
  Module.__init(self)
  self.gradInput = {}
end

function JustElement:updateOutput(input)
  if #input ~= 1 then error(('expecting one element, got %d'):format(#input), 2) end
  self.output = input[1]
  return self.output
end

function JustElement:updateGradInput(_, gradOutput)
  self.gradInput[1] = gradOutput
  return self.gradInput
end
