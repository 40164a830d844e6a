"""One of each nn module and criterion: built in PyTorch, it computes what the real Torch7 computed."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
import torch

from pytorch_fbcunn_compat.port.build import Builder, Porter, to_module
from pytorch_fbcunn_compat.port.emit import Emitter
from pytorch_fbcunn_compat.t7 import load

from .recorded import FOLDER, Run, flat, nested, recorded, tensor

EXISTS = FOLDER.is_dir()
MODULES, MODULE_ARRAYS = recorded("zoo_modules") if EXISTS else ({"modules": []}, None)
CRITERIONS, CRITERION_ARRAYS = recorded("zoo_criterions") if EXISTS else ({"criterions": []}, None)
ENTRIES = MODULES["modules"]
NAMES = [f"{entry['i']}-{entry['ctor']}-{entry['mode']}" for entry in ENTRIES]


@functools.cache
def objects(file: str) -> list[Any]:
    return load(FOLDER / file, mmap=False).to_list()


def mode(model: torch.nn.Module, entry: dict[str, Any]) -> torch.nn.Module:
    return model.train(entry["mode"] == "training")


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_module(entry: dict[str, Any]) -> None:
    model = mode(to_module(objects("zoo_modules.t7")[entry["i"] - 1].module), entry)
    run = Run(entry, MODULE_ARRAYS)
    if "seed" in entry:
        check_random(entry, model(run.input))
        return
    run.forward(model)
    run.backward()
    run.parameters(model)
    for key, name in (("running_mean_after", "running_mean"), ("running_var_after", "running_var")):
        if key in entry:
            run.close(getattr(model, name), entry[key], name)


def check_random(entry: dict[str, Any], output: torch.Tensor) -> None:
    """Another stream of random numbers gives other numbers, but of the same kind: each is the input's or dropped."""
    theirs = MODULE_ARRAYS[entry["output"]]
    assert tuple(output.shape) == theirs.shape
    if "Dropout" in entry["ctor"]:
        given = MODULE_ARRAYS[entry["input"]]
        ratio = np.round(theirs / given, 12)
        assert set(np.round(output.detach().numpy() / given, 12).flatten()) <= set(ratio.flatten()) | {0.0}


# Forms for a batch are written even where the file does not say that there is one; these inputs are single samples.
UNBATCHED = {"nn.View(2,-1)", "nn.SplitTable(1,1)"}


@pytest.mark.parametrize(
    "entry", [entry for entry in ENTRIES if "seed" not in entry], ids=lambda e: f"{e['i']}-{e['ctor']}"
)
def test_emitted_source(entry: dict[str, Any]) -> None:
    model = mode(emitted(objects("zoo_modules.t7")[entry["i"] - 1].module), entry)
    run = Run(entry, MODULE_ARRAYS, same_shape=False)
    if isinstance(run.input, tuple):
        original = model
        model = lambda value: original(*value)  # noqa: E731
    run.forward(model)
    run.backward()


def emitted(lua: Any) -> torch.nn.Module:
    """The model as its emitted source makes it, with its weights."""
    emitter = Emitter(Porter().port(lua, "model"))
    source = emitter.source("A test.")
    assert "pytorch_fbcunn_compat" not in source
    assert "eval(" not in source.replace(".eval()", "")
    names: dict[str, Any] = {"__file__": "model.py", "__name__": "model"}
    exec(compile(source, "model.py", "exec"), names)
    model = names["Model"]().double()
    model.load_state_dict(emitter.state)
    return model


@pytest.mark.parametrize("entry", CRITERIONS["criterions"], ids=lambda e: f"{e['i']}-{e['ctor']}")
def test_criterion(entry: dict[str, Any]) -> None:
    criterion = to_module(objects("zoo_criterions.t7")[entry["i"] - 1].criterion)
    values = nested(entry["input"], lambda key: tensor(CRITERION_ARRAYS[key]))
    target = entry["target"]
    if isinstance(target, (str, list)):
        target = nested(target, lambda key: torch.from_numpy(CRITERION_ARRAYS[key].copy()))
    loss = criterion(values, target)
    assert abs(loss.item() - entry["loss"]) < 1e-10
    loss.backward()
    for value, key in zip(flat(values), flat(entry["gradInput"]), strict=True):
        expected = CRITERION_ARRAYS[key]
        found = torch.zeros_like(value) if value.grad is None else value.grad
        np.testing.assert_allclose(found.numpy().reshape(expected.shape), expected, rtol=1e-10, atol=1e-10)


def test_specs_keep_the_file_s_mode() -> None:
    lua = load(FOLDER / "vgg_small_eval.t7") if EXISTS else pytest.skip("no golden files")
    module = Builder().build(Porter().port(lua, "model"))
    assert not any(part.training for part in module.modules())
