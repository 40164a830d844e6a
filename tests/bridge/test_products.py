"""Matrix products take the fastest library, timed once on a machine and kept in a file; all give the same products."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import ctypes, json, torch
from pytorch_fbcunn_compat import LuaRuntime, _native
lua = LuaRuntime()
errors = lua.execute('''
require 'torch'
local worst = 0
for _, kind in ipairs{'Float', 'Double'} do
  local new = torch[kind .. 'Tensor']
  local a, b, c = new(150, 210):uniform(), new(210, 130):uniform(), new(150, 130):uniform()
  local v, big = new(400):uniform(), new(300, 400):uniform()
  local function compare(found, want) worst = math.max(worst, (found:double() - want):abs():max()) end
  local da, db, dc = a:double(), b:double(), c:double()
  local want = new(150, 130):double()
  local aten = require('bridge').aten
  local product = aten.mm(da, db)
  compare(torch.mm(a, b), product)
  compare(torch.mm(b:t(), a:t()), product:t())
  compare(torch.addmm(c, a, b), dc + product)
  compare(torch.addmm(0.5, c, 2, a, b), dc * 0.5 + product * 2)
  compare(torch.mm(c.new(130, 150):t(), a, b), product)
  compare(c:clone():addmm(2, a, b), dc + product * 2)
  compare(torch.bmm(a:view(1, 150, 210), b:view(1, 210, 130))[1], product)
  compare(torch.mv(big, v), aten.mv(big:double(), v:double()))
  compare(torch.mv(big:t(), v:narrow(1, 1, 300)), aten.mv(big:double():t(), v:double():narrow(1, 1, 300)))
  local head, moved = v:narrow(1, 1, 300), aten.mv(big:double(), v:double())
  compare(torch.addmv(2, head, 3, big, v), head:double() * 2 + moved * 3)
end
return worst
''')
bridge = ctypes.CDLL(_native.bridge_library())
found = {}
for kind, code in (("float", 5), ("double", 6)):
    for vector in (0, 1):
        times, chosen = (ctypes.c_double * 3)(), (ctypes.c_int * 2)()
        bridge.fbl_blas_choice(code, vector, times, chosen)
        found[f"{kind} {'vector' if vector else 'matrix'}"] = [chosen[0], chosen[1], *times]
print(json.dumps([errors, found]))
"""


def start(cache: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "FBCUNN_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True, env=environment)


def finish(process: subprocess.Popen[str]) -> tuple[float, dict[str, list[float]]]:
    output, _ = process.communicate()
    assert process.returncode == 0
    worst, found = json.loads(output)
    return worst, found


def files(cache: Path) -> dict[str, Path]:
    return {path.read_text().splitlines()[-2]: path for path in cache.glob("product-*.txt")}


@pytest.fixture(scope="module")
def timed_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[float]]]:
    cache = tmp_path_factory.mktemp("products")
    return cache, finish(start(cache))[1]


@pytest.fixture
def cache(timed_once: tuple[Path, dict[str, list[float]]], tmp_path: Path) -> Path:
    """A folder with the choices of this machine."""
    return Path(shutil.copytree(timed_once[0], tmp_path / "kept"))


def test_a_choice_is_kept_and_read_again(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    worst, first = finish(start(cache))
    assert worst < 2e-4
    assert set(files(cache)) == set(first) == {"float matrix", "double matrix", "float vector", "double vector"}
    assert all(from_file == 0 for _, from_file, *_ in first.values())
    for provider, _, *times in first.values():
        assert times[int(provider)] * 0.95 <= min(time for time in times if time >= 0)
    _, second = finish(start(cache))
    assert all(from_file == 1 for _, from_file, *_ in second.values())
    assert [choice[0] for choice in second.values()] == [choice[0] for choice in first.values()]


@pytest.mark.parametrize("provider", [0, 1, 2])
def test_every_library_gives_the_same_products(
    timed_once: tuple[Path, dict[str, list[float]]], cache: Path, provider: int
) -> None:
    forced = {kind for kind, (_, _, *times) in timed_once[1].items() if times[provider] >= 0}
    if not forced:
        pytest.skip("this library is not there")
    for kind in forced:
        head, _, rest = files(cache)[kind].read_text().rstrip("\n").rpartition("\n")
        files(cache)[kind].write_text(f"{head}\n{provider}{rest[1:]}\n")
    worst, found = finish(start(cache))
    assert {kind for kind, choice in found.items() if choice[:2] == [provider, 1]} == forced
    assert worst < 2e-4


@pytest.mark.parametrize("damage", ["", "fbcunn product 2\n", "truncated", "9 1 1 1 end", "0 -1 1 1 end"])
def test_a_damaged_file_is_timed_anew(cache: Path, damage: str) -> None:
    path = files(cache)["float matrix"]
    text = path.read_text()
    head = text[: text.rstrip("\n").rindex("\n") + 1]
    path.write_text(text[:-6] if damage == "truncated" else head + damage if damage.endswith("end") else damage)
    _, found = finish(start(cache))
    assert found["float matrix"][1] == 0 and found["double matrix"][1] == 1
    assert path.read_text().startswith(head) and path.read_text().endswith(" end\n")


def test_processes_at_once_leave_whole_files(tmp_path: Path) -> None:
    for process in [start(tmp_path) for _ in range(3)]:
        finish(process)
    assert len(list(tmp_path.iterdir())) == 4
    assert all(path.read_text().endswith(" end\n") for path in tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    worst, found = finish(start(tmp_path / "file" / "cache"))
    assert worst < 2e-4 and found["float matrix"][1] == 0
