--- The nngraph package: networks written as expressions. A module called with a node, a list of nodes or nothing becomes
-- a node whose inputs those are; nn.gModule(inputs, outputs) is the module of all nodes between some inputs and outputs.
require 'nn'
require 'graph'

local nngraph = _G.nngraph or {}
_G.nngraph = nngraph

require 'nngraph.Node'
require 'nngraph.JustElement'
require 'nngraph.JustTable'
require 'nngraph.ModuleFromCriterion'
require 'nngraph.gModule'
require 'nngraph.calling'
require 'nngraph.nest'
require 'nngraph.inspect'
nngraph.simple_print = require 'nngraph.simple_print'

return nngraph
