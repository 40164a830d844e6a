--- The graph package: directed graphs of nodes with data, their orders of traversal, and their text for graphviz.
require 'torch'

local graph = _G.graph or {}
_G.graph = graph

require 'graph.Node'
require 'graph.Edge'
require 'graph.Graph'
require 'graph.graphviz'

return graph
