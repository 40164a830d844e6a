--- graph.Node(data): a node of a directed graph.
-- `children` is a list of nodes, and maps each of them to its place in that list. `id` is the place in the graph that the
-- node was added to last. Walks flag nodes with `visited` (depth first) and `marked` (breadth first).
local traverse = require 'graph.traverse'

local Node = torch.class('graph.Node')

function Node:__init(data)
  self.data = data
  self.id = 0
  self.children = {}
  self.visited = false
  self.marked = false
end

--- Adds a child, or each of a list of children, unless it is one already.
function Node:add(child)
  if type(child) == 'table' and not torch.typename(child) then
    for _, each in ipairs(child) do self:add(each) end
    return
  end
  local children = self.children
  if children[child] then return end
  local place = #children + 1
  children[place], children[child] = child, place
end

--- Calls `before(node)`, visits the children, calls `after(node)`; passes over nodes whose `visited` is set.
function Node:visit(before, after)
  if self.visited then return end
  if before then before(self) end
  for _, child in ipairs(self.children) do child:visit(before, after) end
  if after then after(self) end
end

--- The graph of all nodes below this one, nearest first.
function Node:graph()
  local whole = graph.Graph()
  for _, node in ipairs(traverse.breadth_first(self)) do
    for _, child in ipairs(node.children) do whole:add(graph.Edge(node, child)) end
  end
  return whole
end

--- Depth first, children before parents; leaves `visited` set and returns the nodes in that order.
function Node:dfs_dirty(func)
  local order = {}
  traverse.depth_first({ self }, function(node)
    if node.visited then return false end
    node.visited = true
    return true
  end, function(node)
    order[#order + 1] = node
    func(node)
  end)
  return order
end

--- Calls `func` for each node below this one, children before parents.
function Node:dfs(func)
  for _, node in ipairs(self:dfs_dirty(func)) do node.visited = false end
end

--- Breadth first; leaves `marked` set and returns the nodes in that order. Nodes marked before are passed over.
function Node:bfs_dirty(func)
  local order, place = { self }, 1
  self.marked = true
  while order[place] do
    local node = order[place]
    func(node)
    for _, child in ipairs(node.children) do
      if not child.marked then
        child.marked = true
        order[#order + 1] = child
      end
    end
    place = place + 1
  end
  return order
end

--- Calls `func` for each node below this one, nearest first.
function Node:bfs(func)
  for _, node in ipairs(self:bfs_dirty(func)) do node.marked = false end
end

--- Whether a path leads from some node below this one back to itself.
function Node:hasCycle()
  local seen, found = {}, false
  traverse.depth_first({ self }, function(node)
    if seen[node] then return false end
    seen[node] = true
    return true
  end, function() end, function() found = true end)
  return found
end

--- What graphviz writes into the node.
function Node:label()
  return tostring(self.data)
end
