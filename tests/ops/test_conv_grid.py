"""The benchmark grid: its order, its resumable file, its summary. Nothing here needs a GPU."""

import json

import pytest
from typer.testing import CliRunner

from pytorch_fbcunn_compat.ops.conv import grid


def record(kernel, output, fp32, tf32, samples=128, planes=64, **more):
    side = {"ms": 1.0, "error": [1e-7], "passes": {"joint": "fbfft 8x8", "plans": {}}}
    values = {
        "samples": samples,
        "in_planes": planes,
        "out_planes": planes,
        "kernel": kernel,
        "output": output,
        "label": f"S{samples} f{planes} f'{planes} k{kernel} y{output}",
        "fp32": {"cudnn": side, "ours": side, "speedup": fp32},
        "tf32": {"cudnn": side, "ours": side, "speedup": tf32},
        "environment": {"device": "a GPU"},
    }
    return {**values, **more}


def test_the_grid_is_the_papers_and_its_order_is_fixed():
    order = grid.grid_order()
    assert len(order) == len(set(order)) == 4 * 7 * 7 * 6 * 7
    assert order == grid.grid_order()


def test_targets_come_first_and_every_kernel_gets_its_share():
    order = grid.grid_order()
    targets = sum(grid.is_target(*cell) for cell in order)
    assert targets == 48
    assert all(grid.is_target(*cell) or cell in grid.HEADLINES for cell in order[: targets + len(grid.HEADLINES)])
    counts = [sum(cell[3] == k for cell in order[:240]) for k in grid.KERNELS]
    assert min(counts) >= 39


def test_a_file_is_read_back_and_a_torn_line_is_dropped(tmp_path):
    path = tmp_path / "cells.jsonl"
    path.write_text(json.dumps(record(3, 16, 2.0, 1.0)) + "\n" + json.dumps(record(5, 16, 4.0, 2.0))[:50])
    assert list(grid.load(path)) == ["S128 f64 f'64 k3 y16"]
    assert grid.load(tmp_path / "absent.jsonl") == {}


def test_the_summary_has_geometric_means_and_the_slowest_choice():
    cells = [record(3, 16, 2.0, 0.9), record(3, 32, 8.0, 1.6), record(7, 16, 3.0, 2.0)]
    cells.append(record(9, 56, 9.0, 4.0, name="L2"))
    text = grid.summary({cell.get("name", cell["label"]): cell for cell in cells})
    lines = {line.split()[0]: line for line in text.splitlines()}
    assert "4.00x" in lines["3"] and "8.00x" in lines["3"] and "1.20x" in lines["3"]
    assert lines["7"].split()[-2:] == ["-", "-"]
    assert "0.900x at S128 f64 f'64 k3 y16; 1 of 3 cells below 0.97x" in text
    assert "9.00x" in lines["L2"]


def test_a_cell_that_failed_is_described():
    assert grid.describe({"label": "S1", "failed": "out of memory"}) == "S1: out of memory"


@pytest.mark.parametrize("shape", ["1,2,3", "a,b,c,d,e", "1,1,1,0,5"])
def test_bench_names_a_bad_shape(shape):
    from pytorch_fbcunn_compat.cli import bench

    with pytest.raises(bench.typer.BadParameter, match="five positive numbers"):
        bench._cell(shape)


def test_bench_without_a_gpu_says_so(monkeypatch):
    import torch

    from pytorch_fbcunn_compat.cli import bench

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    result = CliRunner().invoke(bench.app, ["conv"])
    assert result.exit_code == 1 and "no CUDA device" in result.output
