"""The ``fbcunn`` program: what it prints, its exit status, and what it leaves behind."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from pytorch_fbcunn_compat import __version__
from pytorch_fbcunn_compat.cli.app import main
from pytorch_fbcunn_compat.t7 import load, save


def fbcunn(*args: object) -> subprocess.CompletedProcess[str]:
    """Runs the program's entry point in this process: importing torch once is enough."""
    words = ["fbcunn", *map(str, args)]
    out, err = io.StringIO(), io.StringIO()
    status: object = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", words)
        patch.setenv("COLUMNS", "120")
        try:
            main()
        except SystemExit as stop:
            status = stop.code or 0
    return subprocess.CompletedProcess(words, int(str(status)), out.getvalue(), err.getvalue())


def test_the_program_starts() -> None:
    command = [sys.executable, "-m", "pytorch_fbcunn_compat.cli.app", "version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == __version__


def test_inspect_shows_modules_and_totals(shared: Path) -> None:
    done = fbcunn("inspect", shared / "t7" / "lenet.t7")
    assert done.returncode == 0
    assert "(4) nn.SpatialConvolution  weight 16×6×5×5, bias 16" in done.stdout
    assert "18,602 parameters" in done.stdout


def test_inspect_names_classes_that_cannot_be_ported(shared: Path) -> None:
    done = fbcunn("inspect", shared / "t7" / "custom_class.t7")
    assert "classes that cannot be ported: peer.SubThing, peer.Thing" in done.stdout


def test_inspect_as_json(shared: Path) -> None:
    found = json.loads(fbcunn("inspect", "--json", shared / "t7" / "lenet.t7").stdout)
    assert found["parameters"] == 18602
    assert found["content"]["children"][0]["weights"] == {"weight": [6, 1, 5, 5], "bias": [6]}
    assert found["classes"]["nn.Linear"] == 2


@pytest.mark.parametrize("kind", ["safetensors", "npz", "t7"])
def test_convert(shared: Path, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"out.{kind}"
    done = fbcunn("convert", shared / "t7" / "lenet.t7", "-o", out)
    assert done.returncode == 0, done.stderr
    expected = load(shared / "t7" / "lenet.t7").modules[1].weight
    if kind == "safetensors":
        found = load_file(out)["modules.1.weight"]
        assert "modules.1.output" not in load_file(out)
    elif kind == "npz":
        found = torch.from_numpy(np.load(out)["modules.1.weight"])
    else:
        found = load(out).modules[1].weight
    torch.testing.assert_close(found, expected)
    assert os.listdir(tmp_path) == [out.name]


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_written_files_have_the_permissions_of_the_umask(shared: Path, tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        for kind in ("safetensors", "npz", "t7"):
            assert fbcunn("convert", shared / "t7" / "lenet.t7", "-o", tmp_path / f"out.{kind}").returncode == 0
        fbcunn("port", shared / "t7" / "lenet.t7", "-o", tmp_path / "out", "--no-compilers")
    finally:
        os.umask(before)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 8
    assert {path.stat().st_mode & 0o777 for path in written} == {0o666 & ~umask}


def test_port(shared: Path, tmp_path: Path) -> None:
    done = fbcunn("port", shared / "t7" / "lenet.t7", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "modules[4] SpatialConvolution" in done.stdout
    assert "the port computes the same" in done.stdout
    assert (tmp_path / "out" / "model.py").exists()


def test_port_from_a_script(tmp_path: Path) -> None:
    script = tmp_path / "make.lua"
    script.write_text("require 'nn'\nlocal net = nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh())\n")
    np.save(tmp_path / "x.npy", np.ones((2, 4)))
    options = ("--model", "net", "--input", tmp_path / "x.npy", "-o", tmp_path / "out", "--no-compilers")
    done = fbcunn("port", "--from-lua", script, *options)
    assert done.returncode == 0, done.stderr
    assert "the port computes the same" in done.stdout
    assert "ported from make.lua" in (tmp_path / "out" / "model.py").read_text()


def test_port_of_a_script_lists_its_calls(tmp_path: Path) -> None:
    script = tmp_path / "train.lua"
    script.write_text("require 'nn'\nlocal net = nn.Linear(4, 3)\nimage.display(net.weight)\n")
    done = fbcunn("port", script, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "nn.Linear 1 train.lua:2 yes nn.Linear" in rows
    assert "train.lua:3: not translated: image.display has no known counterpart" in rows
    assert "train.py and report.html are in" in done.stdout
    assert "net = nn.Linear(4, 3)" in (tmp_path / "out" / "train.py").read_text()


def test_port_takes_a_file_or_a_script(tmp_path: Path) -> None:
    done = fbcunn("port", "-o", tmp_path / "out")
    assert (done.returncode, "either a file or --from-lua SCRIPT" in done.stderr) == (2, True)
    done = fbcunn("port", "--from-lua", "x.lua", "-o", tmp_path / "out")
    assert (done.returncode, "belong together" in done.stderr) == (2, True)


def test_port_over_tolerance_has_status_1(shared: Path, tmp_path: Path) -> None:
    done = fbcunn("port", shared / "t7" / "same_module_twice.t7", "-o", tmp_path / "out", "--tolerance", 1e-30)
    assert done.returncode == 1
    assert "DIFFERS" in done.stdout


BAD = {
    "missing": "No such file or directory",
    "text.t7": "not a Torch7 file but text that begins with 'hello'",
    "broken.t7": "at byte",
    "checkpoint.t7": "a zip archive (a PyTorch checkpoint, most likely): use torch.load",
    "data.t7": "the file holds a table without a module",
    "script.lua": "script.lua:1: the text is not Lua",
}


CASES = [("port", name) for name in BAD] + [("inspect", "text.t7"), ("convert", "missing"), ("convert", "broken.t7")]


@pytest.mark.parametrize(("command", "name"), CASES)
def test_bad_input_gives_one_line_and_leaves_nothing(shared: Path, tmp_path: Path, name: str, command: str) -> None:
    path = tmp_path / name
    if name == "text.t7":
        path.write_text("hello")
    elif name == "script.lua":
        path.write_text("x = = 1")
    elif name == "broken.t7":
        path.write_bytes((shared / "t7" / "lenet.t7").read_bytes()[:1000])
    elif name == "checkpoint.t7":
        torch.save({"a": torch.ones(2)}, path)
    elif name == "data.t7":
        save(path, {"a": 1})
    before = sorted(os.listdir(tmp_path))
    done = fbcunn(command, path, *(("-o", tmp_path / "out.npz") if command != "inspect" else ()))
    assert done.returncode == 1
    assert BAD[name] in done.stderr
    assert done.stderr.startswith("fbcunn: ")
    assert done.stderr.count("\n") == 1
    assert sorted(os.listdir(tmp_path)) == before


def test_places_that_cannot_be_written_are_named(shared: Path, tmp_path: Path) -> None:
    model = shared / "t7" / "lenet.t7"
    done = fbcunn("convert", model, "-o", tmp_path / "no" / "x.npz")
    assert done.stderr == f"fbcunn: {tmp_path}/no/x.npz: No such file or directory\n"
    (tmp_path / "file").write_text("")
    done = fbcunn("port", model, "-o", tmp_path / "file")
    assert done.stderr == f"fbcunn: {tmp_path}/file is a file; name the folder to write\n"
    assert os.listdir(tmp_path) == ["file"]


def test_the_backend_of_torch_compile_is_checked_and_named(shared: Path, tmp_path: Path) -> None:
    model = shared / "t7" / "model_with_closure.t7"
    done = fbcunn("port", model, "-o", tmp_path / "out", "--compile-backend", "fastest")
    assert done.returncode == 2
    assert "'fastest'; there are" in done.stderr
    done = fbcunn("port", model, "-o", tmp_path / "out", "--compile-backend", "eager")
    assert "torch.compile(fullgraph=True), backend eager: works" in done.stdout
    assert "backend eager<td>works" in (tmp_path / "out" / "report.html").read_text()


def test_the_readme_s_example_fits_the_model(shared: Path, tmp_path: Path) -> None:
    fbcunn("port", shared / "t7" / "text_cnn.t7", "-o", tmp_path / "out", "--no-compilers")
    text = (tmp_path / "out" / "README.md").read_text()
    code = text.split("```python\n")[1].split("```")[0]
    command = [sys.executable, "-c", f"{code}print(tuple(output.shape))"]
    done = subprocess.run(command, cwd=tmp_path / "out", capture_output=True, text=True, check=True)
    assert done.stdout.startswith("(")
