--- nn.Identity(): output = input, tensor or table.
local Identity, Module = torch.class('nn.Identity', 'nn.Module')

function Identity:updateOutput(input)
  self.output = input
  return input
end

function Identity:updateGradInput(_, gradOutput)
  self.gradInput = gradOutput
  return gradOutput
end

--- Lets go of input and gradient without emptying them: they belong to others.
function Identity:clearState()
  for _, name in ipairs { 'output', 'gradInput' } do
    local field = self[name]
    if torch.isTensor(field) then
      self[name] = field.new()
    elseif type(field) == 'table' then
      self[name] = {}
    end
  end
  return Module.clearState(self)
end
