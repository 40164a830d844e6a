--- A picture of the alternatives of a checked function, in the language of Graphviz.
local function node(lines, id, label, color)
  lines[#lines + 1] = ('%s [label="%s" penwidth=.1 fontsize=10 style=filled fillcolor="%s"];'):format(id, label, color)
end

local ACCEPTED, PASSED = '#aaaaaa', '#eeeeee'

-- One chain of nodes for an alternative; a node is dark where the arguments may end.
local function chain(lines, alternative, a, label)
  local previous = 'start'
  for i, rule in ipairs(alternative.rules) do
    local may_end = true
    for k = i + 1, #alternative.rules do may_end = may_end and alternative.rules[k].optional end
    local id = ('n%d_%s_%d'):format(a, label and 'named' or 'ordered', i)
    node(lines, id, label and label(rule) or rule.type, may_end and ACCEPTED or PASSED)
    lines[#lines + 1] = ('%s -> %s%s;'):format(previous, id, rule.optional and ' [style=dashed]' or '')
    previous = id
  end
end

return function(checked)
  local lines = { 'digraph argcheck {', 'edge [penwidth=.3 arrowsize=0.8];' }
  node(lines, 'start', '@', PASSED)
  for a, alternative in ipairs(checked) do
    if not alternative.noordered then chain(lines, alternative, a) end
    if not alternative.nonamed then
      chain(lines, alternative, a, function(rule) return ('%s (%s)'):format(rule.type, rule.name) end)
    end
  end
  lines[#lines + 1] = '}'
  return table.concat(lines, '\n')
end
