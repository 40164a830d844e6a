--- nngraph.Node(data): a node of a network's graph, which is built from outputs to inputs: `children` are the sources.
-- Fields of `data`, which a node shares with its twins in the reversed graphs:
--   module         what computes the node's output; without one the output is the input
--   mapindex       the data of the sources in the order of the module's inputs, and the place of each
--   reverseMap     the nodes that take this one as an input
--   nSplitOutputs  of a split: how many parts its input has
--   selectindex    of a part: which one it is
--   annotations    name, description, graphAttributes; _debugLabel: the place in the program that made the node
local place = require 'nngraph.place'
local label = require 'nngraph.label'

local Node, Base = torch.class('nngraph.Node', 'graph.Node')

function Node:__init(data)
  Base.__init(self, data)
  for _, name in ipairs { 'annotations', 'mapindex', 'reverseMap' } do data[name] = data[name] or {} end
  local annotations = data.annotations
  annotations._debugLabel = annotations._debugLabel or place.text() .. '_'
end

--- Adds a source. `ordered`: it is an input of the node's module, in this place of the order.
function Node:add(child, ordered)
  Base.add(self, child)
  if not ordered then return end
  local order, data = self.data.mapindex, child.data
  if order[data] then place.raise("Don't pass the same input twice.") end
  order[#order + 1] = data
  order[data] = #order
  data.reverseMap[self] = true
end

--- `count` nodes, one for each element of this node's output, which must be a table of that many.
function Node:split(count)
  if count == 1 then return nngraph.JustElement()(self) end
  local made = self.data.annotations._debugLabel
  local all = nngraph.Node {
    nSplitOutputs = count,
    annotations = { _debugLabel = made .. ' split at ' .. place.text() .. '-mnode' },
  }
  all:add(self, true)
  local parts = {}
  for i = 1, count do
    parts[i] = nngraph.Node { selectindex = i, input = {}, annotations = { _debugLabel = made .. '-' .. i } }
    parts[i]:add(all, true)
  end
  return unpack(parts)
end

--- Adds to the annotations: name, description, graphAttributes = {color = …}; returns the node.
function Node:annotate(annotations)
  for key, value in pairs(annotations) do self.data.annotations[key] = value end
  return self
end

function Node:graphNodeName()
  local name = self.data.annotations.name
  return name and ('%s (%d)'):format(name, self.id) or 'Node' .. self.id
end

--- Attributes for graphviz; the tooltip says where the node was made unless another one is given.
function Node:graphNodeAttributes()
  local annotations = self.data.annotations
  local attributes = annotations.graphAttributes or {}
  annotations.graphAttributes = attributes
  attributes.tooltip = attributes.tooltip or annotations._debugLabel
  return attributes
end

--- What graphviz writes into the node: its description and its data.
function Node:label()
  return label(self.data)
end

--- `a - module` is module(a).
function Node:__sub__(following)
  return following(self)
end
