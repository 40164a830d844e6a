"""Random streams are those of Torch7, number by number, for every recorded entry."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "t7" / "rng.json"

PRELUDE = """
require 'torch'

function repeated(n, f)
  local values = {}
  for i = 1, n do values[i] = f() end
  return values
end

function fields(object, names)
  local values = {}
  for name in names:gmatch('%a+') do values[#values + 1] = object[name] end
  return #values == 1 and values[1] or values
end

function summary(t) return { t:sum(), t[1], t[500], t[1000] } end

function replay()
  torch.normal()
  local state = torch.getRNGState()
  local function three() return torch.uniform(), torch.normal(), torch.normal() end
  local a, b, c = three()
  torch.setRNGState(state)
  return { a, b, c, three() }
end

function own_generator()
  local g = torch.Generator()
  torch.manualSeed(g, 9)
  local values = repeated(3, function() return torch.uniform(g) end)
  values[4], values[5] = torch.uniform(), torch.uniform()
  return values
end

function float_linear()
  torch.setdefaulttensortype('torch.FloatTensor')
  local layer = nn.Linear(3, 2):float()
  torch.setdefaulttensortype('torch.DoubleTensor')
  return { layer.weight, layer.bias }
end

function alias_draws(class)
  return torch.multinomialAlias(torch.LongTensor(8), torch.multinomialAliasSetup(class { .1, .2, .3, .4 }))
end

local function plain(value)
  if torch.isTensor(value) then return value:totable() end
  if type(value) ~= 'table' then return value end
  local list = {}
  for i, element in ipairs(value) do list[i] = plain(element) end
  return list
end

-- Numbers in the notation of the record, nested as lists.
local function text(value)
  if type(value) ~= 'table' then return ('%.17g'):format(value) end
  local parts = {}
  for i, element in ipairs(value) do parts[i] = text(element) end
  return '[' .. table.concat(parts, ',') .. ']'
end

function draw(seed, expression)
  torch.manualSeed(seed)
  return text(plain(assert(loadstring('return ' .. expression))()))
end
"""

# Entries whose name is a description rather than an expression.
DESCRIBED = {
    "torch.DoubleTensor(4,5):t():normal() (non contiguous)": "torch.DoubleTensor(4, 5):t():normal()",
    "torch.randn(1000) sum,[1],[500],[1000]": "summary(torch.randn(1000))",
    "torch.FloatTensor(1000):normal() sum,[1],[500],[1000]": "summary(torch.FloatTensor(1000):normal())",
    "mixed: uniform, normal, uniform, normal, normal, random, randn(3), uniform": """{
        torch.uniform(), torch.normal(), torch.uniform(), torch.normal(), torch.normal(), torch.random(),
        torch.normal(), torch.normal(), torch.normal(), torch.uniform() }""",
    "1000th torch.random()": "repeated(1000, function() return torch.random() end)[1000]",
    "getRNGState/setRNGState replay uniform x3": "replay()",
    "own generator: g=torch.Generator(); manualSeed(g,9); uniform(g) x3; then global uniform() x2": "own_generator()",
    "nn.Dropout(0.5) mask on ones(10)": "nn.Dropout(0.5):forward(torch.ones(10))",
    "nn.RReLU on -ones(5)": "nn.RReLU():forward(-torch.ones(5))",
    "nn.Linear(3,2):float() after default float tensor": "float_linear()",
    "torch.DoubleTensor(3):apply(uniform)": "torch.DoubleTensor(3):apply(function() return torch.uniform() end)",
}


def of_class(tensor: str, call: str) -> str:
    """The expression of an entry that is named by an element type and a call."""
    if call == "multinomialAlias":
        return f"alias_draws({tensor})"
    if call == "bernoulli(tensor p)":
        return f"{tensor}(6):bernoulli({tensor} {{ 0, .2, .4, .6, .8, 1 }})"
    if match := re.fullmatch(r"multinomial\(({1,2,3,4}|2x4),(.*)\)", call):
        probabilities = "{ { 1, 2, 3, 4 }, { 9, 0, 0, 1 } }" if match[1] == "2x4" else match[1]
        return f"torch.multinomial({tensor} {probabilities}, {match[2]})"
    return f"{tensor}(5):{call}"


def seed_and_expression(name: str) -> tuple[int, str]:
    """What to run for a recorded entry."""
    seed = 123
    if match := re.fullmatch(r"seed (\d+): (.*)", name):
        seed, name = int(match[1]), match[2]
    if name in DESCRIBED:
        return seed, DESCRIBED[name]
    if match := re.fullmatch(r"(.*) x(\d+)", name):
        return seed, f"repeated({match[2]}, function() return {match[1]} end)"
    if match := re.fullmatch(r"(nn\..*) ([a-z,]+)", name):
        return seed, f"fields({match[1]}, '{match[2]}')"
    if match := re.fullmatch(r"(Float|Double) (.*)", name):
        return seed, of_class(f"torch.{match[1]}Tensor", match[2])
    return seed, name


def entries() -> dict[str, object]:
    if not RECORDED.exists():
        return {}
    return {name: value for name, value in json.loads(RECORDED.read_text()).items() if name != "_note"}


@pytest.fixture(scope="module")
def drawing(lua):
    lua.execute(PRELUDE)
    return lua


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded streams are not beside this checkout")
@pytest.mark.parametrize("name", entries())
def test_streams_are_those_of_torch7(drawing, name: str) -> None:
    expected = entries()[name]
    seed, expression = seed_and_expression(name)
    if "nn." in expression or "float_linear" in expression:
        drawing.execute("require 'nn'")
    if isinstance(expected, str):  # an error, after the place it was raised at
        message = drawing.execute("local ok, text = pcall(draw, ...) assert(not ok) return text", seed, expression)
        assert message.split(": ", 1)[1] == re.sub(r"^ERROR (/\S*: )?", "", expected)
    else:
        assert json.loads(drawing.execute("return draw(...)", seed, expression)) == expected


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded streams are not beside this checkout")
def test_every_entry_is_covered() -> None:
    assert len(entries()) == 116
