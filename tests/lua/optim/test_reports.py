"""ConfusionMatrix and Logger."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat import LuaError

TEXT = "\n".join(
    [
        "ConfusionMatrix:",
        "[[       2       0       1]   66.667% \t[class: a]",
        " [       0       2       0]   100.000% \t[class: b]",
        " [       0       0       1]]  100.000% \t[class: c]",
        " + average row correct: 88.888889551163% ",
        " + average rowUcol correct (VOC measure): 72.222222884496% ",
        " + global correct: 83.333333333333%",
    ]
)


@pytest.fixture
def matrix(lua):
    lua.execute(
        """
        require 'optim'
        c = optim.ConfusionMatrix({'a', 'b', 'c'})
        c:add(1, 1); c:add(torch.Tensor{0, 3, 1}, 2); c:add(3, torch.Tensor{1, 0, 0})
        c:batchAdd(torch.Tensor{{9, 0, 0}, {0, 9, 0}, {0, 0, 9}, {1, 2, 3}}, torch.LongTensor{1, 2, 3, 0})
        """
    )
    return lua


def test_matrix_prints_like_torch7(matrix):
    assert matrix.eval("tostring(c)") == TEXT
    unnamed = matrix.eval("tostring(optim.ConfusionMatrix(2))")
    assert unnamed.splitlines()[1] == "[[       0       0]   nan% "


def test_matrix_counts_rates(matrix):
    matrix.execute("c:updateValids()")
    assert matrix.eval("c.totalValid") == pytest.approx(5 / 6)
    assert matrix.eval("c.valids[1]") == pytest.approx(2 / 3)
    assert matrix.eval("(c:farFrr())[1]") == pytest.approx(1 / 3)
    matrix.execute("c:zero()")
    assert matrix.eval("c.mat:sum()") == 0
    with pytest.raises(LuaError, match="predictions has invalid number of dimensions"):
        matrix.execute("c:batchAdd(torch.zeros(1, 2, 3), torch.zeros(1))")


def test_matrix_becomes_a_picture(matrix):
    assert matrix.eval("c:render('score', false, 20, 100):size():totable()").to_plain() == [3, 60, 160]
    assert matrix.eval("c:render():max()") <= 1
    with pytest.raises(LuaError, match="sort mode must be one of: score | occurrence"):
        matrix.execute("c:render('name')")


def test_logger_writes_rows_and_plots(lua, tmp_path):
    file = tmp_path / "deep" / "run.log"
    lua.execute("require 'optim'")
    lua.execute(
        f"""
        l = optim.Logger('{file}')
        l:setNames{{'loss', 'accuracy'}}
        for i = 1, 3 do l:add{{1 / i, 100}} end
        l:style{{'-', '+'}}
        l:plot()
        """
    )
    assert file.read_text() == (
        "loss\taccuracy\t\n 1.0000e+00\t 1.0000e+02\t\n 5.0000e-01\t 1.0000e+02\t\n 3.3333e-01\t 1.0000e+02\t\n"
    )
    assert (tmp_path / "deep" / "run.log.eps").read_text(errors="replace").startswith("%!PS")
    with pytest.raises(LuaError, match="can only log numbers and strings"):
        lua.execute("l:add{{}, 1}")


def test_logger_takes_named_values(lua, tmp_path):
    lua.execute(f"require 'optim'; l = optim.Logger('{tmp_path}/n.log'); l:add{{only = 2}}; l:add{{only = 'text'}}")
    assert (tmp_path / "n.log").read_text() == "only\t\n 2.0000e+00\t\ntext\t\n"
