"""Model files written by the real Torch7, old versions among them: outputs, gradients, running statistics."""

from __future__ import annotations

import json

import numpy
import pytest

from tests.lua.golden import difference, expected

DOUBLE, SINGLE = 1e-12, 5e-6
MODELS = {
    "bn_v1": DOUBLE,
    "bn_v2_eval": DOUBLE,
    "bn_v2_train": DOUBLE,
    "conv_old_fields": SINGLE,
    "convmap_demo": DOUBLE,
    "dropout_train_seeded": DOUBLE,
    "lenet": SINGLE,
    "lenet_double": DOUBLE,
    "lenet_flat": SINGLE,
    "model_with_closure": DOUBLE,
    "same_module_twice": DOUBLE,
    "tables": DOUBLE,
    "text_cnn": SINGLE,
    "vgg_small_eval": SINGLE,
}

RUN = """function(file, format, mode, seed, input, gradOutput)
  local m = torch.load(file, format)
  if mode == 'evaluate' then m:evaluate() elseif mode == 'training' then m:training() end
  if seed then torch.manualSeed(seed) end
  m:zeroGradParameters()
  local output = m:forward(input)
  local gradInput = m:backward(input, gradOutput)
  local p, g = m:parameters()
  local means, variances = {}, {}
  for _, each in ipairs(m:listModules()) do
    if each.running_mean then
      table.insert(means, each.running_mean)
      table.insert(variances, each.running_var)
    end
  end
  return output, gradInput, p, g, means, variances
end"""


@pytest.mark.parametrize("name", MODELS)
def test_model_file_computes_what_was_recorded(nn, shared, name):
    folder = shared / "t7"
    record = json.loads((folder / f"{name}.json").read_text())
    arrays = numpy.load(folder / f"{name}.npz")
    seed = 77 if name == "dropout_train_seeded" else None
    for file in record.get("files", [f"{name}.t7"]):
        output, grad_input, parameters, gradients, means, variances = nn.eval(RUN)(
            str(folder / file),
            "ascii" if "ascii" in file else "binary",
            record.get("mode"),
            seed,
            expected(record["input"], arrays),
            expected(record["gradOutput"], arrays),
        )
        assert difference(output, expected(record["output"], arrays)) <= MODELS[name]
        assert difference(grad_input, expected(record["gradInput"], arrays)) <= MODELS[name]
        assert difference(parameters, expected(record["params"], arrays)) == 0
        for got, want in zip(gradients.to_plain(), expected(record["gradParams"], arrays), strict=True):
            # a bias in front of batch normalisation has a gradient of zero, up to rounding
            assert want.abs().max() < 1e-14 or difference(got, want) <= MODELS[name]
        for i, (mean, variance) in enumerate(zip(means.to_plain(), variances.to_plain(), strict=True), 1):
            if f"running_mean_after_{i}" in arrays:
                assert difference(mean, expected(f"running_mean_after_{i}", arrays)) <= MODELS[name]
                assert difference(variance, expected(f"running_var_after_{i}", arrays)) <= MODELS[name]


def test_printed_model_is_torch7s_text(nn, shared):
    for name in ("lenet", "convmap_demo", "tables", "vgg_small_eval"):
        record = json.loads((shared / "t7" / f"{name}.json").read_text())
        assert nn.eval(f"tostring(torch.load('{shared}/t7/{name}.t7'))") == record["model"]
