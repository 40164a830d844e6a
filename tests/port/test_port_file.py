"""`port_file`: the files it writes, and that its proof notices what is wrong."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from pytorch_fbcunn_compat.port import PortError, load_model, port_file
from pytorch_fbcunn_compat.port.build import Porter
from pytorch_fbcunn_compat.port.emit import Emitter
from pytorch_fbcunn_compat.port.reference import Reference, keys
from pytorch_fbcunn_compat.port.verify import difference, prove
from pytorch_fbcunn_compat.t7 import LuaTable, TorchObject, load, save


def imported(path: Path) -> ModuleType:
    found = importlib.util.spec_from_file_location("ported", path)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_files_of_a_port(shared: Path, tmp_path: Path) -> None:
    ported = port_file(str(shared / "t7" / "lenet.t7"), str(tmp_path / "out"))
    assert ported.passed
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["README.md", "config.json", "model.py", "model.safetensors", "report.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert (config["parameters"], config["passed"], config["input_shapes"]) == (18602, True, [[4, 1, 28, 28]])
    tried = {"torch.compile(fullgraph=True), backend aot_eager": "works", "torch.export": "works"}
    assert config["compilers"] == tried
    model = imported(tmp_path / "out" / "model.py").load()
    given = torch.randn(2, 1, 28, 28)
    torch.testing.assert_close(model(given), load_model(shared / "t7" / "lenet.t7")(given))
    report = (tmp_path / "out" / "report.html").read_text()
    assert "agree" in report
    assert "http" not in report


def test_porting_again_replaces_the_files(shared: Path, tmp_path: Path) -> None:
    for name in ("lenet.t7", "bn_v1.t7"):
        port_file(str(shared / "t7" / name), str(tmp_path / "out"), attempts=False)
    assert "bn_v1.t7" in (tmp_path / "out" / "model.py").read_text()
    assert len(list((tmp_path / "out").iterdir())) == 5


MODELS = [
    "lenet.cleared.t7", "lenet_double.ascii.t7", "lenet_flat.t7", "vgg_small_eval.t7", "tables.t7", "text_cnn.t7",
    "bn_v1.t7", "bn_v2_train.t7", "conv_old_fields.t7", "convmap_demo.t7", "same_module_twice.t7",
    "dropout_train_seeded.t7", "model_with_closure.t7", "checkpoint_table.t7",
]  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_ports_compute_the_same(shared: Path, tmp_path: Path, name: str) -> None:
    ported = port_file(str(shared / "t7" / name), str(tmp_path / "out"), attempts=False)
    assert ported.passed
    assert all(proof.rows[-1].output is not None for proof in ported.proofs)
    rows = [row for proof in ported.proofs for row in proof.rows[:-1]]
    assert any(row.gradient is not None for row in rows)


def test_given_inputs(shared: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(3, 5)))
    np.save(tmp_path / "y.npy", np.random.default_rng(1).normal(size=(3, 3)))
    inputs = [str(tmp_path / "x.npy"), str(tmp_path / "y.npy")]
    ported = port_file(str(shared / "t7" / "tables.t7"), str(tmp_path / "out"), inputs=inputs, attempts=False)
    assert (ported.passed, ported.origin, ported.inputs) == (True, "given", [(3, 5), (3, 3)])


@pytest.fixture
def lenet(shared: Path) -> tuple[Reference, Emitter, torch.nn.Module]:
    path = shared / "t7" / "lenet_double.t7"
    emitter = Emitter(Porter().port(load(path), "model"))
    names = {"__file__": "model.py", "__name__": "model"}
    exec(emitter.source("A test."), names)
    model = names["Model"]().double()
    model.load_state_dict(emitter.state)
    return Reference(str(path)), emitter, model


@pytest.mark.parametrize("training", [False, True])
def test_a_changed_weight_is_noticed_where_it_is(lenet: tuple, training: bool) -> None:
    reference, emitter, model = lenet
    given = (torch.randn(2, 1, 28, 28, dtype=torch.float64),)
    assert prove(reference, model, emitter, given, training).passed
    with torch.no_grad():
        model.features[3].weight[0, 0, 0, 0] += 1e-6
    proof = prove(reference, model, emitter, given, training)
    assert not proof.passed
    wrong = [row.name for row in proof.rows if row.output is not None and not row.output.within(proof.tolerance)]
    assert wrong[0] == "features.3"


def test_a_wrong_gradient_is_noticed(lenet: tuple) -> None:
    reference, emitter, model = lenet
    model.features[3].weight.register_hook(lambda grad: grad * (1 + 1e-6))
    proof = prove(reference, model, emitter, (torch.randn(2, 1, 28, 28, dtype=torch.float64),), False)
    wrong = [row.name for row in proof.rows if row.gradient is not None and not row.gradient.within(proof.tolerance)]
    assert wrong == ["features.3"]


def test_differences() -> None:
    a = torch.tensor([1.0, float("nan"), float("inf")])
    assert difference(a, a, "x").absolute == 0
    assert difference(a, torch.tensor([1.0, 2.0, float("inf")]), "x").absolute == float("inf")
    found = difference(torch.tensor([[10.0, 20.5]]), torch.tensor([10.0, 20.0]), "x")
    assert (found.absolute, found.relative) == (0.5, 0.025)
    with pytest.raises(PortError, match="the original has size 3, the port 2x3"):
        difference(torch.zeros(2, 3), torch.zeros(3), "x")


def test_paths() -> None:
    assert keys("model.modules[3].network") == ["modules", 3, "network"]


def test_nothing_is_left_after_a_failure(shared: Path, tmp_path: Path) -> None:
    model = TorchObject("nn.Sequential", 1, {"modules": LuaTable.from_list([TorchObject("my.Layer", 1, {"a": 1})])})
    save(tmp_path / "m.t7", model)
    with pytest.raises(PortError, match=r"model\.modules\[1\]: .*my\.Layer"):
        port_file(str(tmp_path / "m.t7"), str(tmp_path / "out"))
    with pytest.raises(PortError, match="no input could be found"):
        save(tmp_path / "t.t7", TorchObject("nn.CAddTable", 1, {"gradInput": LuaTable()}))
        port_file(str(tmp_path / "t.t7"), str(tmp_path / "out"))
    assert sorted(os.listdir(tmp_path)) == ["m.t7", "t.t7"]


def test_a_model_saved_on_a_gpu_is_compared_in_its_cpu_form(shared: Path, tmp_path: Path) -> None:
    """Cuda types and cudnn classes: what most published checkpoints hold."""
    value = load(shared / "t7" / "lenet.t7")
    stack = [value]
    while stack:
        module = stack.pop()
        module["_type"] = "torch.CudaTensor"
        stack += module.modules.values() if "modules" in module else []
        if module.typename in ("nn.SpatialConvolution", "nn.SpatialMaxPooling", "nn.ReLU", "nn.Tanh", "nn.LogSoftMax"):
            module.typename = module.typename.replace("nn.", "cudnn.")
    save(tmp_path / "gpu.t7", value)
    data = (tmp_path / "gpu.t7").read_bytes()
    for kind in (b"Tensor", b"Storage"):
        old, new = b"torch.Float" + kind, b"torch.Cuda" + kind
        data = data.replace(bytes([len(old), 0, 0, 0]) + old, bytes([len(new), 0, 0, 0]) + new)
    (tmp_path / "gpu.t7").write_bytes(data)
    ported = port_file(str(tmp_path / "gpu.t7"), str(tmp_path / "out"), attempts=False)
    assert ported.passed
    assert {row.typename for row in ported.proofs[0].rows} >= {"cudnn.SpatialConvolution", "cudnn.Tanh"}


def test_names_from_the_file_cannot_become_code(shared: Path, tmp_path: Path) -> None:
    path = tmp_path / 'a""";import os;"""b.t7'
    path.write_bytes((shared / "t7" / "bn_v1.t7").read_bytes())
    source = port_file(str(path), str(tmp_path / "out"), attempts=False).source
    assert source.splitlines()[0] == '"""A feed-forward model, ported from a____import os____b.t7."""'


def zoo_entry(shared: Path, ctor: str) -> TorchObject:
    return next(entry for entry in load(shared / "t7" / "zoo_modules.t7").to_list() if entry.ctor == ctor)


RANDOM = ["nn.SpatialDropout(0.4)", "nn.VolumetricDropout(0.4)", "nn.SpatialFractionalMaxPooling(2,2,3,3)"]


@pytest.mark.parametrize("ctor", [*RANDOM, "nn.Constant(torch.ones(4))"])
def test_layers_that_draw_random_numbers_or_pass_no_gradient(shared: Path, tmp_path: Path, ctor: str) -> None:
    entry = zoo_entry(shared, ctor)
    save(tmp_path / "x.t7", entry.input)
    file = str(shared / "t7" / "zoo_modules.t7")
    ported = port_file(file, str(tmp_path / "out"), key=f"{entry.i}.module", inputs=[str(tmp_path / "x.t7")])
    assert ported.passed
    assert set(ported.attempts.values()) == {"works"}


@pytest.mark.parametrize("ctor", ["nn.CAddTensorTable()", "nn.FlattenTable()", "nn.MixtureTable()", "nn.ZipTable()"])
def test_nested_tables_as_input(shared: Path, tmp_path: Path, ctor: str) -> None:
    entry = zoo_entry(shared, ctor)
    save(tmp_path / "x.t7", entry.input)
    file = str(shared / "t7" / "zoo_modules.t7")
    assert port_file(file, str(tmp_path / "out"), key=f"{entry.i}.module", inputs=[str(tmp_path / "x.t7")]).passed


def test_rounding_is_settled_in_double_precision(shared: Path, tmp_path: Path) -> None:
    """A float model whose proof fails in single precision only."""
    file = str(shared / "t7" / "vgg_small_eval.t7")
    ported = port_file(file, str(tmp_path / "out"), attempts=False)
    assert ported.passed
    if not all(proof.passed for proof in ported.proofs):
        assert all(proof.passed and proof.double for proof in ported.doubles)
        assert "double precision" in (tmp_path / "out" / "report.html").read_text()


def test_a_class_that_only_a_script_defines(tmp_path: Path) -> None:
    from pytorch_fbcunn_compat.port import Layer, Spec, layer
    from pytorch_fbcunn_compat.port.spec import TABLE
    from pytorch_fbcunn_compat.port.twins.pointwise import MulConstant

    save(
        tmp_path / "m.t7",
        TorchObject("nn.Twice", 1, {"gradInput": torch.zeros(2, 3).double(), "output": torch.zeros(0)}),
    )
    (tmp_path / "twice.lua").write_text(
        "local Twice = torch.class('nn.Twice', 'nn.Module')\n"
        "function Twice:updateOutput(x) self.output = x * 2 return self.output end\n"
        "function Twice:updateGradInput(x, g) self.gradInput = g * 2 return self.gradInput end\n"
    )
    np.save(tmp_path / "x.npy", np.ones((2, 3)))

    @layer("nn.Twice")
    def twice(m: Layer) -> Spec:
        return Spec(MulConstant, (2,))

    options = {"inputs": [str(tmp_path / "x.npy")], "attempts": False}
    try:
        with pytest.raises(PortError, match="give the script that defines the class with --require"):
            port_file(str(tmp_path / "m.t7"), str(tmp_path / "out"), **options)
        requires = [str(tmp_path / "twice.lua")]
        assert port_file(str(tmp_path / "m.t7"), str(tmp_path / "out"), requires=requires, **options).passed
    finally:
        TABLE.pop("nn.Twice")


@pytest.mark.parametrize("typename", ["nn.DataParallelTable", "nn.Inception"])
def test_what_only_wraps_a_model_is_left_out(shared: Path, tmp_path: Path, typename: str) -> None:
    """As training on several GPUs leaves a model; the comparison runs the model inside."""
    inner = load(shared / "t7" / "lenet_double.t7")
    fields = {"modules": LuaTable.from_list([inner]), "gpuAssignments": LuaTable.from_list([1, 2]), "dimension": 1}
    fields |= {"output": torch.zeros(0).double(), "gradInput": torch.zeros(0).double(), "_type": "torch.DoubleTensor"}
    save(tmp_path / "m.t7", TorchObject(typename, 3 if typename == "nn.DataParallelTable" else 1, fields))
    ported = port_file(str(tmp_path / "m.t7"), str(tmp_path / "out"), attempts=False)
    assert ported.passed
    assert "nn.Conv2d" in ported.source
