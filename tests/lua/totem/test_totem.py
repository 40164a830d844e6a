"""totem: testers with a command line, and checks of modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime

SUITE = """
require 'totem'
local suite, tester = totem.TestSuite(), totem.Tester()
function suite.good() tester:asserteq(1, 1, 'one') end
function suite.other() tester:asserteq({expected}, 2, 'two') end
return tester:add(suite):run()
"""


def script(folder: Path, expected: int) -> Path:
    path = folder / f"test_{expected}.lua"
    path.write_text(SUITE.replace("{expected}", str(expected)))
    return path


def test_a_passing_script_answers_true(lua: LuaRuntime, tmp_path: Path) -> None:
    assert lua.run(script(tmp_path, 2)) is True


def test_a_failing_script_is_an_error(lua: LuaRuntime, tmp_path: Path) -> None:
    with pytest.raises(LuaError, match="error was found while running tests"):
        lua.run(script(tmp_path, 3))
    assert lua.run(script(tmp_path, 3), ["good"]) is True, "only the named test runs"


def test_options(lua: LuaRuntime, tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    lua.run(script(tmp_path, 3), ["--list"])
    assert capfd.readouterr().out == "good\nother\n"
    with pytest.raises(LuaError):
        lua.run(script(tmp_path, 3), ["--log-output", str(tmp_path / "log"), "--summary"])
    assert (tmp_path / "log").read_text() == "good 1 0 0\nother 0 1 0\n"
    with pytest.raises(LuaError, match="unknown option --bogus"):
        lua.run(script(tmp_path, 3), ["--bogus"])


def test_files_can_be_tests(lua: LuaRuntime, tmp_path: Path) -> None:
    lua.globals["good"], lua.globals["bad"] = str(script(tmp_path, 2)), str(script(tmp_path, 3))
    lua.execute("require 'totem'")
    assert lua.eval("totem.Tester():add(good):run()") is True
    with pytest.raises(LuaError):
        lua.execute("totem.Tester():add(good):add(bad):run()")


def test_comparisons_outside_of_tests(lua: LuaRuntime) -> None:
    lua.execute("require 'totem' a = torch.ones(3)")
    assert lua.eval("totem.areTensorsEq(a, a + 1e-7, 1e-6), (totem.areTensorsEq(a, a + 1, 1e-6))") == (True, False)
    with pytest.raises(LuaError, match="different dimensions"):
        lua.execute("totem.assertTensorEq(a, torch.ones(1, 3), 0)")


FAILURES = """
        require 'totem'
        require 'nn'
        function failures(check, module, input)
          local tester, count = totem.Tester(), 0
          tester._failure = function() count = count + 1 return false end
          check(tester, module, input)
          return count
        end
"""


def test_checks_of_modules(lua: LuaRuntime) -> None:
    lua.execute(FAILURES)
    lua.execute(
        """
        local net = nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh())
        local wrong = nn.Tanh()
        wrong.updateGradInput = function(self, input, gradOutput)
          self.gradInput:resizeAs(input):copy(gradOutput)
          return self.gradInput
        end
        gradients = failures(totem.nn.checkGradients, net, torch.randn(2, 4))
        batches = failures(totem.nn.checkMinibatch, net, torch.randn(2, 4))
        bad = failures(totem.nn.checkGradients, wrong, torch.randn(2, 4))
        """
    )
    assert lua.eval("gradients, batches, bad") == (0, 0, 1)


def test_checks_of_files_and_types(lua: LuaRuntime) -> None:
    lua.execute(FAILURES)
    lua.execute(
        """
        local net = nn.Sequential():add(nn.Linear(4, 3)):add(nn.Dropout(0.5)):add(nn.Tanh())
        local pair = nn.ParallelTable():add(nn.Linear(2, 2)):add(nn.Identity())
        good = 0
        for _, check in ipairs {totem.nn.checkSerializable, totem.nn.checkTypeCastable} do
          good = good + failures(check, net, torch.randn(2, 4))
          good = good + failures(check, pair, {torch.randn(3, 2), torch.randn(3)})
        end

        local forgetful = torch.class('Forgetful', 'nn.Mul')
        function forgetful:write(file) file:writeObject({output = torch.Tensor(), gradInput = torch.Tensor(),
          weight = torch.Tensor(1):fill(9), gradWeight = torch.Tensor(1)}) end
        bad = failures(totem.nn.checkSerializable, Forgetful(), torch.randn(2, 4))
        """
    )
    assert lua.eval("good") == 0
    assert lua.eval("bad") > 0
