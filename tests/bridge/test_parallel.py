"""Layers give PyTorch's results with one thread and with several, and loops do run on several."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from pytorch_fbcunn_compat import load

# planes in, planes out, batch, height, width, kernel, stride, padding, dilation. In the first two the unfolded image is
# larger than a cache, the first has as many output planes as the kernel for that multiplies at once.
SHAPES = {
    "large": (16, 64, 3, 90, 90, 3, 1, 1, 1),
    "large, few planes": (20, 10, 2, 100, 85, 3, 1, 0, 1),
    "strided": (3, 60, 5, 230, 231, 7, 2, 3, 1),
    "dilated": (6, 64, 4, 64, 70, 3, 2, 2, 2),
    "wide padding": (5, 7, 4, 9, 11, 5, 1, 2, 1),
    "one pixel": (40, 50, 4, 20, 21, 1, 1, 0, 1),
    "small": (3, 4, 5, 8, 9, 3, 1, 0, 1),
    "one sample": (8, 64, 1, 30, 30, 5, 1, 2, 1),
}

SCRIPT = """
require 'nn'
torch.setnumthreads(%d)
local shapes, path = %s, "%s"
local results = {}
for _, kind in ipairs { 'float', 'double' } do
  for name, s in pairs(shapes) do
    torch.manualSeed(3)
    local conv = nn.SpatialDilatedConvolution(s[1], s[2], s[6], s[6], s[7], s[7], s[8], s[8], s[9], s[9]):type(
      kind == 'float' and 'torch.FloatTensor' or 'torch.DoubleTensor')
    local input = torch.randn(s[3], s[1], s[4], s[5]):type(conv:type())
    local output = conv:forward(input)
    local gradient = torch.randn(output:size()):type(conv:type())
    conv.gradWeight:fill(0.25)
    conv.gradBias:fill(-0.5)
    conv:updateGradInput(input, gradient)
    conv:accGradParameters(input, gradient, 0.5)
    results[name .. ' ' .. kind] = { input = input, gradient = gradient, weight = conv.weight, bias = conv.bias,
      output = output, gradInput = conv.gradInput, gradWeight = conv.gradWeight, gradBias = conv.gradBias }
  end
end
torch.manualSeed(4)
local table_of = nn.LookupTable(50, 1000)
local rows = torch.LongTensor(30, 7):random(1, 50)
local gradient = torch.randn(30, 7, 1000)
table_of.gradWeight:fill(1)
table_of:forward(rows)
table_of:accGradParameters(rows, gradient, 2)
results.lookup = { rows = rows, gradient = gradient, gradWeight = table_of.gradWeight }
local product = { a = torch.randn(300, 170), b = torch.randn(170, 130), m = torch.randn(500, 900), v = torch.randn(900),
  x = torch.randn(20, 60, 70), y = torch.randn(20, 70, 50) }
product.ab, product.mv = product.a * product.b, product.m * product.v
product.bmm = torch.bmm(product.x, product.y)
product.tv = product.m:t() * product.m:select(2, 3):contiguous()
results.product = product
torch.save(path, results)
"""


@pytest.fixture(scope="module", params=[1, 2, 3])
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict:
    path = tmp_path_factory.mktemp("parallel") / "results.t7"
    shapes = ", ".join(f"['{name}'] = {{{', '.join(map(str, shape))}}}" for name, shape in SHAPES.items())
    code = SCRIPT % (request.param, f"{{{shapes}}}", path)
    script = Path(path).with_suffix(".lua")
    script.write_text(code)
    run = "import sys; from pytorch_fbcunn_compat import LuaRuntime; LuaRuntime().run(sys.argv[1])"
    subprocess.run([sys.executable, "-c", run, str(script)], check=True)
    return load(path)


def close(found: torch.Tensor, wanted: torch.Tensor, tolerance: float) -> None:
    assert (found.double() - wanted).abs().max() <= tolerance * (1 + wanted.abs().max())


@pytest.mark.parametrize("kind", ["float", "double"])
@pytest.mark.parametrize("name", SHAPES)
def test_convolutions(results: dict, name: str, kind: str) -> None:
    found = results[f"{name} {kind}"]
    _, _, _, _, _, _, stride, padding, dilation = SHAPES[name]
    given = {key: found[key].double().requires_grad_() for key in ("input", "weight", "bias")}
    output = functional.conv2d(given["input"], given["weight"], given["bias"], stride, padding, dilation)
    output.backward(found["gradient"].double())
    tolerance = 2e-5 if kind == "float" else 1e-12
    close(found["output"], output.detach(), tolerance)
    close(found["gradInput"], given["input"].grad, tolerance)
    close(found["gradWeight"], given["weight"].grad * 0.5 + 0.25, tolerance)
    close(found["gradBias"], given["bias"].grad * 0.5 - 0.5, tolerance)


def test_gradients_of_rows(results: dict) -> None:
    found = results["lookup"]
    wanted = torch.ones(50, 1000, dtype=torch.float64)
    wanted.index_add_(0, found["rows"].flatten() - 1, found["gradient"].reshape(-1, 1000), alpha=2)
    close(found["gradWeight"], wanted, 1e-14)


def test_products(results: dict) -> None:
    found = results["product"]
    close(found["ab"], found["a"] @ found["b"], 1e-13)
    close(found["mv"], found["m"] @ found["v"], 1e-13)
    close(found["tv"], found["m"].T @ found["m"][:, 2], 1e-13)
    close(found["bmm"], found["x"] @ found["y"], 1e-13)


THREADS = """
local function count()
  local n = 0
  for line in io.popen('ls /proc/' .. tostring(require('ffi').C.getpid()) .. '/task'):lines() do n = n + 1 end
  return n
end
require('ffi').cdef 'int getpid(void);'
require 'torch'
torch.setnumthreads(1)
local t = torch.FloatTensor(4000000):fill(1)
t:mul(2)
local before = count()
torch.setnumthreads(3)
t:mul(2)
return count() - before
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
def test_loops_of_the_bridge_start_threads() -> None:
    run = f"from pytorch_fbcunn_compat import LuaRuntime; print(int(LuaRuntime().execute({THREADS!r})))"
    environment = {**os.environ, "OMP_NUM_THREADS": "3"}
    done = subprocess.run([sys.executable, "-c", run], check=True, env=environment, stdout=subprocess.PIPE, text=True)
    assert done.stdout.strip() == "2"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
def test_a_program_starts_without_threads_of_libraries() -> None:
    # OpenBLAS's would look for work for a tenth of a second.
    run = (
        "import os; from pytorch_fbcunn_compat import LuaRuntime; "
        "LuaRuntime().execute(\"require 'torch'\"); print(len(os.listdir('/proc/self/task')), flush=True); "
        "import subprocess; subprocess.run(['sh', '-c', 'echo $OPENBLAS_NUM_THREADS'])"
    )
    for given in ("", "3"):
        environment = {key: value for key, value in os.environ.items() if key != "OPENBLAS_NUM_THREADS"}
        if given:
            environment["OPENBLAS_NUM_THREADS"] = given
        done = subprocess.run(
            [sys.executable, "-c", run], check=True, env=environment, stdout=subprocess.PIPE, text=True
        )
        assert done.stdout.split("\n")[:2] == ["1", given]
