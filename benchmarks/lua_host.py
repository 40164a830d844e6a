"""Cost of the Lua host: rewriting chunks, rewritten `#t`, compiled loops that Ctrl-C can stop, calls, start-up.

    python benchmarks/lua_host.py [folder of Lua files …]

Without arguments the Lua packages of this project are rewritten. Both sides of each comparison run in the same process,
interleaved; medians, and the spread as the smallest and largest run, are written to
``benchmarks/results/lua_host.json``.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lupa.luajit21

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.report import environment, write  # noqa: E402
from pytorch_fbcunn_compat import LuaRuntime  # noqa: E402
from pytorch_fbcunn_compat.lua.rewriter import rewrite  # noqa: E402

REPETITIONS = 7
MEMORY = (
    "local kb for line in io.lines('/proc/self/status') do kb = line:match('VmHWM:%s+(%d+)') or kb end io.write(kb)"
)

# Each text is `return function(n) … end`, or the body of such a function where it makes its closures anew in every run.
LENGTH_LOOPS = {
    "for i = 1, #t": """
        local t, s = {}, 0
        for i = 1, 1000 do t[i] = i end
        for _ = 1, n / 1000 do for i = 1, #t do s = s + #t end end""",
    "append": "local t = {} for i = 1, n / 10 do t[#t + 1] = i end",
    "strings": "local w, s = {'a', 'bc', 'def'}, 0 for i = 1, n do s = s + #w[i % 3 + 1] end",
    "table with a metatable": """
        local t, s = setmetatable({1, 2, 3}, {__index = table}), 0
        for i = 1, n do s = s + #t end""",
}
OBJECTS = """
    local P = {}
    P.__index = P
    function P:add(o)
      return setmetatable({x = self.x + o.x}, P)
    end"""
WALK = """
    local p, q = setmetatable({x = 0}, P), setmetatable({x = 1}, P)
    for i = 1, n do
      p = p:add(q)
    end"""
HOT_LOOPS = {
    "numeric": "return function(n) local s = 0 for i = 1, n do s = s + i % 7 end end",
    "array": """
        local t = {}
        for i = 1, 1000 do t[i] = i end
        return function(n) local s = 0 for i = 1, n do s = s + t[i % 1000 + 1] end end""",
    "many lines": """
        return function(n)
          local x, y, z = 0.1, 0.2, 0.3
          for i = 1, n do
            x = x * 1.0000001 + 0.1
            y = y * 0.9999 + x
            z = z + y * x
            if z > 1e10 then
              z = 0
            end
            x = x - z * 1e-9
          end
        end""",
    "objects": f"{OBJECTS} return function(n) {WALK} end",
    "objects of a class made anew in every run": f"return function(n) {OBJECTS} {WALK} end",
}


def _time(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _summary(times: list[float], scale: float) -> dict[str, float]:
    low, middle, high = min(times), statistics.median(times), max(times)
    return {"median": round(middle * scale, 4), "min": round(low * scale, 4), "max": round(high * scale, 4)}


def _compare(sides: dict[str, Callable[[], Any]], scale: float) -> dict[str, dict[str, float]]:
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(REPETITIONS):
        for name, call in sides.items():
            times[name].append(_time(call))
    return {name: _summary(values, scale) for name, values in times.items()}


def rewriting(folders: list[Path]) -> dict[str, Any]:
    """Seconds to rewrite every Lua file below the folders."""
    texts = [path.read_bytes() for folder in folders for path in sorted(folder.rglob("*.lua"))]
    times = [_time(lambda: [rewrite(text) for text in texts]) for _ in range(REPETITIONS)]
    return {
        "files": len(texts),
        "bytes": sum(map(len, texts)),
        "changed": sum(rewrite(text) != text for text in texts),
        "seconds": _summary(times, 1),
    }


def lengths() -> dict[str, Any]:
    """Nanoseconds per iteration of loops with `#`: the operator itself against rewritten chunks."""
    results: dict[str, Any] = {}
    for mode, n in (("compiled", 10**7), ("interpreted", 10**6)):
        plain = lupa.luajit21.LuaRuntime(encoding="latin-1")
        ours = LuaRuntime()
        if mode == "interpreted":
            plain.execute("jit.off() jit.flush()")
            ours.execute("jit.off() jit.flush()")
        for name, body in LENGTH_LOOPS.items():
            text = f"local n = ... {body}"
            raw, rewritten = plain.eval("loadstring")(text), ours.eval("loadstring")(text)
            sides = {"operator": lambda f=raw, n=n: f(n), "rewritten": lambda f=rewritten, n=n: f(n)}
            results[f"{name}, {mode}"] = _compare(sides, 1e9 / n)
    return results


def interruptible_loops() -> dict[str, Any]:
    """Nanoseconds per iteration of compiled loops: stock LuaJIT against a runtime whose loops Ctrl-C can stop."""
    n = 2 * 10**7
    plain, ours = lupa.luajit21.LuaRuntime(encoding="latin-1"), LuaRuntime()
    results = {}
    for name, body in HOT_LOOPS.items():
        raw, checked = plain.execute(body), ours.execute(body)
        results[name] = _compare({"stock": lambda f=raw: f(n), "interruptible": lambda f=checked: f(n)}, 1e9 / n)
    return results


def calls() -> dict[str, Any]:
    """Nanoseconds per call across the border."""
    lua, n = LuaRuntime(), 10**4
    identity = lua.eval("function(x) return x end")
    lua.globals["f"] = lambda x: x
    loop = lua.eval("function(n) for i = 1, n do f(i) end end")
    sides = {"Python calls Lua": lambda: [identity(1) for _ in range(n)], "Lua calls Python": lambda: loop(n)}
    return _compare(sides, 1e9 / n)


def start_up() -> dict[str, Any]:
    """Seconds from the start of th to the end of a one-line script, and peak memory in MB."""
    results = {}
    for name, flags in (("th", []), ("th --plain", ["--plain"])):
        times, peak = [], 0
        for _ in range(REPETITIONS):
            command = [sys.executable, "-m", "pytorch_fbcunn_compat.cli.th", *flags, "-e", MEMORY]
            start = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
            times.append(time.perf_counter() - start)
            peak = max(peak, int(done.stdout))
        results[name] = {"seconds": _summary(times, 1), "peak_mb": round(peak / 1024, 1)}
    return results


def main() -> None:
    folders = [Path(argument) for argument in sys.argv[1:]] or [ROOT / "lua"]
    report = {
        "environment": environment() | {"luajit": LuaRuntime().implementation},
        "rewriting": rewriting(folders),
        "length (ns per iteration)": lengths(),
        "interruptible loops (ns per iteration)": interruptible_loops(),
        "calls (ns)": calls(),
        "start-up": start_up(),
    }
    print(json.dumps(report, indent=2))
    print(write("lua_host", report))


if __name__ == "__main__":
    main()
