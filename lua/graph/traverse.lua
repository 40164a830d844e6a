--- Orders in which the nodes below some nodes are met. Graphs of unrolled networks are thousands of nodes deep, so the
-- walks keep their own stack.
local traverse = {}

--- Calls `leave(node)` for each node below `roots`, children before parents, each node once.
-- enter(node): answers false for a node to pass over; it is asked again each time the node is met.
-- open(node): told about a node that is met while its own children are being walked, which is a cycle.
function traverse.depth_first(roots, enter, leave, open)
  local path, place, within = {}, {}, {}
  local depth = 0

  local function descend(node)
    if within[node] then
      if open then open(node) end
    elseif enter(node) then
      depth = depth + 1
      path[depth], place[depth], within[node] = node, 0, true
    end
  end

  for _, root in ipairs(roots) do
    descend(root)
    while depth > 0 do
      local node = path[depth]
      place[depth] = place[depth] + 1
      local child = node.children[place[depth]]
      if child ~= nil then
        descend(child)
      else
        path[depth], within[node] = nil, nil
        depth = depth - 1
        leave(node)
      end
    end
  end
end

--- The nodes below `root` by their distance from it; `root` comes first.
function traverse.breadth_first(root)
  local queue, known = { root }, { [root] = true }
  local place = 1
  while queue[place] do
    for _, child in ipairs(queue[place].children) do
      if not known[child] then
        known[child] = true
        queue[#queue + 1] = child
      end
    end
    place = place + 1
  end
  return queue
end

return traverse
