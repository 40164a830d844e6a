--- nn.Toc(name = 'default', comment = ''): passes its input on, and prints the time since the nn.Tic of this name.
local Toc, Identity = torch.class('nn.Toc', 'nn.Identity')

function Toc:__init(name, comment)
  Identity.__init(self)
  self.name, self.comment = name or 'default', comment or ''
end

function Toc:updateOutput(input)
  local seconds = nn.Tic.since(self.name)
  if not seconds then error(('nn.Toc: no nn.Tic called %s has been passed'):format(self.name), 2) end
  print(('%s %s: %f ms'):format(self.name, self.comment, seconds * 1000))
  return Identity.updateOutput(self, input)
end
