--- Text of a graph in graphviz's language.
-- A node class may say more about itself: graphNodeName() for the first line of its label, graphNodeAttributes() for a
-- table of attributes.
local dot = {}

--- A name or attribute value, quoted where it is not a single word.
function dot.quote(text)
  if not text:find('[^a-zA-Z]') then return text end
  return '"' .. text:gsub('\n', '\\n'):gsub('"', '\\"') .. '"'
end

local function attributes_of(node)
  local attributes = {}
  for name, value in pairs(node.graphNodeAttributes and node:graphNodeAttributes() or {}) do
    attributes[tostring(name)] = tostring(value)
  end
  local name = node.graphNodeName and node:graphNodeName() or 'Node' .. node.id
  attributes.label = name .. '\n' .. node:label()
  return attributes
end

-- Sorted, as graphviz itself writes them.
local function attribute_list(attributes)
  local words = {}
  for name, value in pairs(attributes) do words[#words + 1] = name .. '=' .. dot.quote(value) end
  table.sort(words)
  return '[' .. table.concat(words, ', ') .. ']'
end

--- The identifier of a node in the text.
function dot.identifier(node) return 'n' .. node.id end

--- A digraph of nodes and edges.
-- @param more further lines, such as a node's colour, or nil
function dot.digraph(nodes, edges, title, more)
  local lines = { 'digraph G {' }
  if title then lines[#lines + 1] = 'labelloc="t"; label=' .. dot.quote(title) .. ';' end
  lines[#lines + 1] = 'node [shape=oval];'
  for _, node in ipairs(nodes) do lines[#lines + 1] = dot.identifier(node) .. attribute_list(attributes_of(node)) .. ';' end
  for _, edge in ipairs(edges) do
    lines[#lines + 1] = ('%s -> %s;'):format(dot.identifier(edge.from), dot.identifier(edge.to))
  end
  for _, line in ipairs(more or {}) do lines[#lines + 1] = line end
  lines[#lines + 1] = '}'
  return table.concat(lines, '\n') .. '\n'
end

--- A graph.Graph as text.
function dot.text(graph, title, more) return dot.digraph(graph.nodes, graph.edges, title, more) end

return dot
