--- nn.Profile(module[, print_interval = 100[, name = its type]]): prints the mean time of the module's forward and backward.
local Profile, Decorator = torch.class('nn.Profile', 'nn.Decorator')

function Profile:__init(module, print_interval, name)
  Decorator.__init(self, module)
  self.print_interval = print_interval or 100
  self.name = name or torch.type(module)
  self.module = module
  self.numFwds, self.numBwds = 0, 0
  self.summedFwdTime, self.summedBwdTime = 0, 0
  self.timer = torch.Timer()
end

--- Runs step(), adds its duration to field `total` and prints the mean every print_interval calls.
local function timed(self, count, total, what, step)
  self.timer:reset()
  local result = step()
  self[total] = self[total] + self.timer:time().real
  self[count] = self[count] + 1
  if self[count] % self.print_interval == 0 then
    print(('%s took %.3f seconds for %d %s passes'):format(self.name, self[total], self[count], what))
    self[count], self[total] = 0, 0
  end
  return result
end

function Profile:updateOutput(input)
  self.output = timed(self, 'numFwds', 'summedFwdTime', 'forward', function()
    return self.modules[1]:updateOutput(input)
  end)
  return self.output
end

function Profile:updateGradInput(input, gradOutput)
  self.gradInput = timed(self, 'numBwds', 'summedBwdTime', 'backward', function()
    return self.modules[1]:updateGradInput(input, gradOutput)
  end)
  return self.gradInput
end
