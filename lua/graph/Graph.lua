--- graph.Graph(): a directed graph.
-- `nodes` and `edges` are lists in the order of addition that also map each member to its place.
local traverse = require 'graph.traverse'
local dot = require 'graph.dot'

local Graph = torch.class('graph.Graph')

function Graph:__init()
  self.nodes = {}
  self.edges = {}
end

local function enlist(list, member)
  if list[member] then return end
  local place = #list + 1
  list[place], list[member] = member, place
end

--- Adds an edge, or each of a list of edges, with the nodes at its ends.
function Graph:add(edge)
  if type(edge) ~= 'table' then error('graph.Edge or {graph.Edges} expected', 2) end
  if not torch.typename(edge) then
    for _, each in ipairs(edge) do self:add(each) end
    return
  end
  local from, to = edge.from, edge.to
  enlist(self.edges, edge)
  enlist(self.nodes, from)
  enlist(self.nodes, to)
  from:add(to)
  from.id, to.id = self.nodes[from], self.nodes[to]
end

local function twin(node) return node.new(node.data) end

--- A graph of new nodes that share the data of this one's.
function Graph:clone()
  local copy, twins = graph.Graph(), {}
  for _, node in ipairs(self.nodes) do twins[node] = twin(node) end
  for _, edge in ipairs(self.edges) do copy:add(edge.new(twins[edge.from], twins[edge.to])) end
  return copy
end

--- The graph with all arrows turned round, made of new nodes that share the data; and the map from old node to new.
function Graph:reverse()
  local turned, twins = graph.Graph(), {}
  for _, edge in ipairs(self.edges) do
    for _, node in ipairs { edge.from, edge.to } do twins[node] = twins[node] or twin(node) end
    turned:add(edge.new(twins[edge.to], twins[edge.from]))
  end
  return turned, twins
end

-- Nodes that edges leave (or reach, by the name of the edge's end) and that none reach (leave), in the graph's order.
local function ends(self, near, far)
  local touched, inner = {}, {}
  for _, edge in ipairs(self.edges) do
    touched[edge[near]], inner[edge[far]] = true, true
  end
  local found = {}
  for _, node in ipairs(self.nodes) do
    if touched[node] and not inner[node] then found[#found + 1] = node end
  end
  return found
end

--- Nodes without incoming edges.
function Graph:roots() return ends(self, 'from', 'to') end

--- Nodes without outgoing edges.
function Graph:leaves() return ends(self, 'to', 'from') end

--- Whether some path returns to where it began.
function Graph:hasCycle()
  local roots = self:roots()
  if #roots == 0 then return true end
  for _, root in ipairs(roots) do
    if root:hasCycle() then return true end
  end
  return false
end

local function cyclic() error('Graph has cycles', 3) end

--- The nodes such that every edge points forward: depth first from the leaves, in the order of addition.
-- @return the nodes, the reversed graph, and its roots
function Graph:topsort()
  local turned, twins = self:reverse()
  local original = {}
  for node, mirrored in pairs(twins) do original[mirrored] = node end

  local starts = turned:roots()
  local sorted, seen, closed = {}, {}, false
  traverse.depth_first(starts, function(node)
    if seen[node] then return false end
    seen[node] = true
    return true
  end, function(node)
    sorted[#sorted + 1] = original[node]
  end, function() closed = true end)
  if closed or #starts == 0 or #sorted ~= #self.nodes then cyclic() end
  return sorted, turned, starts
end

--- The graph in graphviz's language.
function Graph:todot(title)
  return dot.text(self, title)
end
