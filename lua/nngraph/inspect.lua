--- Looking into networks: pictures, names for nodes, and a picture of the network when one of its nodes fails.
local dot = require 'graph.dot'

local inspect = { enabled = false }

--- nngraph.setDebug(enable): from now on a network that raises an error is drawn, with the failing node in red.
function nngraph.setDebug(enable) inspect.enabled = enable and true or false end

--- nngraph.annotateNodes([level]): names nodes after the local variables that hold them, in the function that calls this
-- or the one `level - 1` above it. Names given before are kept.
function nngraph.annotateNodes(level)
  level = (level or 1) + 1
  local index = 1
  while true do
    local name, value = debug.getlocal(level, index)
    if not name then return end
    if torch.typename(value) == 'nngraph.Node' and not value.data.annotations.name then value:annotate { name = name } end
    index = index + 1
  end
end

--- nngraph.display(network): draws it into a temporary file and prints the path; there is no window to show it in.
function nngraph.display(network) return graph.dot(network.fg, network.name or 'network') end

local function exists(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

local function draw(network, failed)
  local stem = network.name or ('nngraph_%din_%dout'):format(network.nInputs or #network.innode.children, #network.outnode.children)
  if exists(stem .. '.svg') or exists(stem .. '.dot') then stem = stem .. '_' .. os.tmpname():match('[^/]*$') end
  local marks = {}
  for _, node in ipairs(network.fg.nodes) do
    -- The failing node may be its twin in the graph of gradients.
    if failed and node.data == failed.data then marks[1] = dot.identifier(node) .. '[style=filled, fillcolor=red];' end
  end
  local path = graph._save(dot.text(network.fg, stem, marks), stem)
  io.stderr:write('network drawn in ', path, '\n')
end

local function with_traceback(message)
  message = tostring(message)
  if message:find('stack traceback:', 1, true) then return message end
  return debug.traceback(message, 2)
end

--- Calls step(node, …) for each node; draws the network and raises the error again when one fails.
function inspect.walk(network, nodes, step, ...)
  for _, node in ipairs(nodes) do
    local done, message = xpcall(step, with_traceback, node, ...)
    if not done then
      draw(network, node)
      error(message, 0)
    end
  end
end

return inspect
