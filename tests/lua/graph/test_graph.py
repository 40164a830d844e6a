"""lua/graph: traversal, order and text of directed graphs."""

from __future__ import annotations

import shutil

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime

DIAMOND = """
require 'graph'
local n = {}
for i = 1, 5 do n[i] = graph.Node(i) end
local g = graph.Graph()
g:add { graph.Edge(n[1], n[2]), graph.Edge(n[1], n[3]), graph.Edge(n[2], n[4]), graph.Edge(n[3], n[4]) }
g:add(graph.Edge(n[4], n[5]))
local function data(nodes)
  local list = {}
  for i, node in ipairs(nodes) do list[i] = node.data end
  return table.concat(list, ' ')
end
"""


def run(lua: LuaRuntime, code: str):
    return lua.execute(DIAMOND + code)


def test_members_map_to_their_places(lua: LuaRuntime) -> None:
    assert run(lua, "return #g.nodes, #g.edges, g.nodes[n[4]], n[4].id, n[1].children[n[3]]") == (5, 5, 4, 4, 2)


def test_adding_an_edge_twice_changes_nothing(lua: LuaRuntime) -> None:
    assert run(lua, "g:add(g.edges[1]) return #g.edges, #n[1].children") == (5, 2)


def test_topological_order_follows_sources_in_order_of_addition(lua: LuaRuntime) -> None:
    assert run(lua, "return data(g:topsort())") == "1 2 3 4 5"


def test_depth_first_leaves_children_before_parents(lua: LuaRuntime) -> None:
    code = "local list = {} n[1]:dfs(function(node) list[#list + 1] = node end) return data(list), n[2].visited"
    assert run(lua, code) == ("5 4 2 3 1", False)


def test_breadth_first_meets_near_nodes_first(lua: LuaRuntime) -> None:
    code = "local list = {} n[1]:bfs(function(node) list[#list + 1] = node end) return data(list), n[2].marked"
    assert run(lua, code) == ("1 2 3 4 5", False)


def test_reverse_keeps_data_in_new_nodes(lua: LuaRuntime) -> None:
    code = "local r, map = g:reverse() return data(r:topsort()), map[n[1]] ~= n[1], map[n[1]].data, data(r:roots())"
    assert run(lua, code) == ("5 4 2 3 1", True, 1, "5")


def test_roots_and_leaves(lua: LuaRuntime) -> None:
    assert run(lua, "g:add(graph.Edge(graph.Node(6), n[5])) return data(g:roots()), data(g:leaves())") == ("1 6", "5")


def test_cycles_are_found_and_have_no_order(lua: LuaRuntime) -> None:
    assert run(lua, "return g:hasCycle()") is False
    with pytest.raises(LuaError, match="Graph has cycles"):
        run(lua, "g:add(graph.Edge(n[4], n[2])) assert(g:hasCycle()) g:topsort()")


def test_chains_may_be_deeper_than_the_lua_stack(lua: LuaRuntime) -> None:
    code = """
    local last = n[5]
    for i = 6, 100000 do
      local node = graph.Node(i)
      g:add(graph.Edge(last, node))
      last = node
    end
    return #g:topsort(), g:hasCycle()
    """
    assert run(lua, code) == (100000, False)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("red", "red"), ("My label", '"My label"'), ("a\nb", '"a\\nb"'), ('Say "x"', '"Say \\"x\\""'), ("n1", '"n1"')],
)
def test_only_single_words_go_unquoted(lua: LuaRuntime, text: str, quoted: str) -> None:
    lua.require("graph")
    assert lua.eval("graph._dotEscape")(text) == quoted


def test_text_has_a_line_for_each_node_and_edge(lua: LuaRuntime) -> None:
    lines = run(lua, "return g:todot('Diamond')").splitlines()
    assert 'labelloc="t"; label=Diamond;' in lines
    assert 'n4[label="Node4\\n4"];' in lines
    assert [line for line in lines if "->" in line] == [f"n{a} -> n{b};" for a, b in ["12", "13", "24", "34", "45"]]


def test_dot_writes_text_and_a_picture_where_graphviz_is(lua: LuaRuntime, tmp_path) -> None:
    stem = tmp_path / "picture"
    path = run(lua, f"return graph.dot(g, 'Diamond', '{stem}')")
    assert stem.with_suffix(".dot").read_text().startswith("digraph G {")
    assert path == str(stem) + (".svg" if shutil.which("dot") else ".dot")


@pytest.mark.skipif(shutil.which("dot") is not None, reason="graphviz is installed")
def test_layouts_say_that_graphviz_is_missing(lua: LuaRuntime) -> None:
    with pytest.raises(LuaError, match=r"graph\.graphvizLayout needs graphviz"):
        run(lua, "graph.graphvizLayout(g)")
