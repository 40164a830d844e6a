--- nn.NaN(module[, id]): raises an error that says where as soon as a NaN appears in what passes through `module`.
local outline = require 'nn.support.outline'

local NaN, Decorator = torch.class('nn.NaN', 'nn.Decorator')

local last_id = 0

--- A number not given to any module before.
function NaN.newId()
  last_id = last_id + 1
  return last_id
end

function NaN:__init(module, id)
  Decorator.__init(self, module)
  self.id = id or NaN.newId()
end

--- Whether a tensor, or any tensor of a nested table, holds a NaN.
function NaN:recursiveIsNaN(value)
  if torch.type(value) == 'table' then
    for _, part in pairs(value) do
      if self:recursiveIsNaN(part) then return true end
    end
    return false
  end
  local sum = value:sum()
  return sum ~= sum
end

local function check(self, value, what)
  if self:recursiveIsNaN(value) then
    error(('NaN found in %s of module :\n%s'):format(what, self:__tostring__()), 3)
  end
end

function NaN:updateOutput(input)
  check(self, input, 'input')
  local parameters = self:parameters()
  if parameters then check(self, parameters, 'parameters') end
  self.output = self.modules[1]:updateOutput(input)
  check(self, self.output, 'output')
  return self.output
end

function NaN:updateGradInput(input, gradOutput)
  check(self, gradOutput, 'gradOutput')
  self.gradInput = self.modules[1]:updateGradInput(input, gradOutput)
  if self.gradInput then check(self, self.gradInput, 'gradInput') end
  return self.gradInput
end

function NaN:accGradParameters(input, gradOutput, scale)
  self.modules[1]:accGradParameters(input, gradOutput, scale)
  local _, gradients = self:parameters()
  if gradients then check(self, gradients, 'gradParameters') end
end

function NaN:__tostring__()
  return outline.around(('%s(%s)'):format(torch.type(self), self.id), self.modules[1])
end
