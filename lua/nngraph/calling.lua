--- What a module means in an expression: `module(node)`, `module{node, node}`, `module()` for one that has no source yet,
-- `-module` for the same, `a - b` for b(a). It holds for every module once nngraph is loaded; networks are then run with
-- forward and backward, no longer by calling them.
local expect = require 'nngraph.expect'
local place = require 'nngraph.place'

local Module = torch.getmetatable('nn.Module')
local Criterion = torch.getmetatable('nn.Criterion')

local function sources_of(...)
  local count = select('#', ...)
  if count > 1 then place.raise('Use {input1, input2} to pass multiple inputs.') end
  if count == 0 then return {} end
  local input = ...
  if not expect.is_list(input) then return { expect.node(input, 'inputs', 1) } end
  if next(input) == nil then
    place.raise('cannot pass an empty table of inputs. To indicate no incoming connections, leave the second set of parens '
      .. 'blank.')
  end
  return input
end

function Module:__call__(...)
  local sources = sources_of(...)
  local count = expect.nodes(sources, 'inputs')
  local node = nngraph.Node { module = self }
  for i = 1, count do node:add(sources[i], true) end
  return node
end

function Module:__unm__() return self() end

function Module:__sub__(following) return following(self) end

--- criterion{prediction, target}: a node with the loss.
function Criterion:__call__(...) return nn.ModuleFromCriterion(self)(...) end
