--- Pictures of what computes: nodes with a module other than nn.Identity, joined through those left out.
local dot = require 'graph.dot'

local simple_print = {}

local function computes(node)
  local module = node.data and node.data.module
  return module ~= nil and torch.typename(module) ~= 'nn.Identity'
end

-- The nearest computing nodes below a node.
local function next_computing(node, found, seen)
  for _, child in ipairs(node.children) do
    if not seen[child] then
      seen[child] = true
      if computes(child) then found[#found + 1] = child else next_computing(child, found, seen) end
    end
  end
  return found
end

--- simple_print.todot(graph[, title]): the text.
function simple_print.todot(graph, title)
  local nodes, edges = {}, {}
  for _, node in ipairs(graph.nodes) do
    if computes(node) then
      nodes[#nodes + 1] = node
      for _, target in ipairs(next_computing(node, {}, {})) do edges[#edges + 1] = { from = node, to = target } end
    end
  end
  return dot.digraph(nodes, edges, title)
end

--- simple_print.dot(graph[, title[, fname]]): writes fname.dot, and fname.svg where graphviz is installed.
function simple_print.dot(g, title, fname)
  local path = graph._save(simple_print.todot(g, title), fname or os.tmpname())
  if not fname then print('graph written to ' .. path) end
  return path
end

return simple_print
