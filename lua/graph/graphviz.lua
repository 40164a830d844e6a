--- Pictures of graphs. The text is ours; pictures and layouts are made by graphviz's program `dot` where it is installed.
local dot = require 'graph.dot'

graph._dotEscape = dot.quote

local installed

--- Whether graphviz can be called.
local function has_graphviz()
  if installed == nil then installed = os.execute('command -v dot > /dev/null 2>&1') == true end
  return installed
end

local function quoted(path) return "'" .. path:gsub("'", "'\\''") .. "'" end

local function write(path, text)
  local file, message = io.open(path, 'w')
  if not file then error('cannot write the graph: ' .. message, 3) end
  file:write(text)
  file:close()
end

local function render(text, algorithm, format, path)
  local source = os.tmpname()
  write(source, text)
  local done = os.execute(('dot -K%s -T%s -o %s %s'):format(quoted(algorithm), quoted(format), quoted(path), quoted(source)))
  os.remove(source)
  if not done then error(('graphviz could not draw %s (layout %s, format %s)'):format(path, algorithm, format), 3) end
end

local function need_graphviz(what)
  if has_graphviz() then return end
  error(what .. ' needs graphviz, whose program `dot` is not on the PATH; graph:todot() gives the text to draw elsewhere', 3)
end

--- Draws a graph into a file whose suffix names the format (svg, png, pdf, dot …). Raises without graphviz.
function graph.graphvizFile(g, algorithm, fname)
  local format = fname:match('%.(%w+)$')
  if not format then error('graphvizFile: the file name needs a suffix such as .svg, got ' .. fname, 2) end
  need_graphviz('graph.graphvizFile')
  render(g:todot(), algorithm or 'dot', format, fname)
end

--- Positions of the nodes in a layout, as an n x 2 tensor of numbers between 0 and 1. Raises without graphviz.
function graph.graphvizLayout(g, algorithm)
  need_graphviz('graph.graphvizLayout')
  local path = os.tmpname()
  render(g:todot(), algorithm or 'dot', 'plain', path)
  local positions, width, height = torch.zeros(#g.nodes, 2), 1, 1
  for line in io.lines(path) do
    local w, h = line:match('^graph %S+ (%S+) (%S+)')
    if w then width, height = tonumber(w), tonumber(h) end
    local id, x, y = line:match('^node n(%d+) (%S+) (%S+)')
    if id then
      positions[tonumber(id)][1] = tonumber(x) / width
      positions[tonumber(id)][2] = tonumber(y) / height
    end
  end
  os.remove(path)
  return positions
end

--- Writes `text` to stem.dot, and stem.svg where graphviz is installed; returns the path of the better one.
function graph._save(text, stem)
  write(stem .. '.dot', text)
  if not has_graphviz() then return stem .. '.dot' end
  render(text, 'dot', 'svg', stem .. '.svg')
  return stem .. '.svg'
end

--- Writes a graph to fname.dot, and fname.svg where graphviz is installed. Without a name it goes to a temporary file and
-- the path is printed: there is no window to show it in.
function graph.dot(g, title, fname)
  local path = graph._save(dot.text(g, title), fname or os.tmpname())
  if not fname then print('graph written to ' .. path) end
  return path
end
