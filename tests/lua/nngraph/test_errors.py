"""lua/nngraph: mistakes in networks are named with the place in the program that made them."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime

CASES = {
    "nn.Linear(2, 1)(nn.Tanh())": r"inputs\[1\] is an nn\.Module, specifically a nn\.Tanh, .* second set of parens",
    "nn.Linear(2, 1)(nil)": r"inputs\[1\] is nil \(typo / bad index\?\)",
    "nn.CAddTable()({a, 5})": r"inputs\[2\] should be an nngraph\.Node but is of type number",
    "nn.CAddTable()({})": r"cannot pass an empty table of inputs",
    "nn.CAddTable()(a, b)": r"Use \{input1, input2\} to pass multiple inputs",
    "nn.CAddTable()({a, a})": r"Don't pass the same input twice",
    "nn.gModule({a}, {nn.Tanh()(a), nil, nn.Tanh()(a)})": r"outputs\[2\] is nil",
    "nn.gModule({}, {a})": "no inputs are not supported",
    "nn.gModule({a, b}, {a})": r"1 of split\(2\) outputs from the node declared at .* are unused",
    "nn.gModule({a, nn.Tanh()(b)}, {a})": "an input should have no inputs",
    "nn.gModule({a}, {nn.CAddTable()({a, nn.Linear(2, 2)()})})": r"\[string \"=\(python\)\"\]|expecting only one start",
    "nn.gModule({a, b}, {nn.CAddTable()({a, b})}):forward(torch.randn(2))": "expecting table of 2 inputs",
    "nn.gModule({a, b}, {nn.CAddTable()({a, b})}):forward({torch.randn(2)})": "Got 1 inputs instead of 2",
    "nn.gModule({a}, {a:split(2)}):forward({1, 2, 3})": r"split\(2\) cannot split 3 outputs",
    "nn.gModule({a}, {a:split(2)}):forward(torch.randn(2))": "the input for a split should be a table",
    "nngraph.nest({})": "what is this in the nest input",
}


@pytest.mark.parametrize("code", CASES)
def test_message(lua: LuaRuntime, code: str) -> None:
    with pytest.raises(LuaError, match=CASES[code]):
        lua.execute(f"require 'nngraph' local a, b = nn.Identity()(), nn.Identity()() return {code}")


def test_dangling_nodes_are_named_by_their_line(lua: LuaRuntime) -> None:
    program = (
        "require 'nngraph'\nlocal a = nn.Identity()()\nlocal lost = nn.Sigmoid()(a)\nnn.gModule({a}, {nn.Tanh()(a)})\n"
    )
    with pytest.raises(LuaError) as raised:
        lua.execute(program, name="@net.lua")
    assert raised.value.message == "net.lua:4: node declared on [net.lua]:3_ does not connect to gmodule output"


def test_splits_are_named_by_both_lines(lua: LuaRuntime) -> None:
    program = "require 'nngraph'\nlocal a = nn.Identity()()\nlocal x, y = a:split(2)\nnn.gModule({a}, {x})\n"
    with pytest.raises(LuaError) as raised:
        lua.execute(program, name="@net.lua")
    assert raised.value.message.endswith(
        "1 of split(2) outputs from the node declared at [net.lua]:2_ split at [net.lua]:3-mnode are unused"
    )
