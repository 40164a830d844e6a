--- graph.Edge(from, to): an arrow between two nodes, to be added to a graph.
local Edge = torch.class('graph.Edge')

function Edge:__init(from, to)
  self.from = from
  self.to = to
end
