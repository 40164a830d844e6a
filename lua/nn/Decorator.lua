--- nn.Decorator(module): base class of modules that wrap another one and by default do what it does.
local Decorator, Container = torch.class('nn.Decorator', 'nn.Container')

function Decorator:__init(module)
  Container.__init(self)
  self.modules[1] = module
end

function Decorator:updateOutput(input)
  self.output = self.modules[1]:updateOutput(input)
  return self.output
end

function Decorator:updateGradInput(input, gradOutput)
  self.gradInput = self.modules[1]:updateGradInput(input, gradOutput)
  return self.gradInput
end

local forwarded = { 'accGradParameters', 'accUpdateGradParameters', 'sharedAccUpdateGradParameters' }

for _, method in ipairs(forwarded) do
  Decorator[method] = function(self, input, gradOutput, number)
    return self.modules[1][method](self.modules[1], input, gradOutput, number)
  end
end

function Decorator:__tostring__()
  return require('nn.support.outline').around(torch.type(self), self.modules[1])
end

--- Gives any class these methods: for decorators that inherit from another class.
function Decorator.decorate(class)
  for _, method in ipairs { 'updateOutput', 'updateGradInput', '__tostring__', unpack(forwarded) } do
    class[method] = nn.Decorator[method]
  end
end
