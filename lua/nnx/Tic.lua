--- nn.Tic(name = 'default'): passes its input on; the nn.Toc of this name prints the time since then.
local Tic, Identity = torch.class('nn.Tic', 'nn.Identity')

local begun = {}

function Tic:__init(name)
  Identity.__init(self)
  self.name = name or 'default'
end

function Tic:updateOutput(input)
  begun[self.name] = sys.clock()
  return Identity.updateOutput(self, input)
end

--- Seconds since the last forward of the nn.Tic of a name; nil without one.
function Tic.since(name) return begun[name] and sys.clock() - begun[name] end
