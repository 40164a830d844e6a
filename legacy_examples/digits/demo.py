"""The main job end to end: a 2015 Lua script trains a network; its model leaves as PyTorch, with proof.

``make demo`` runs this file; results go to ``demo_output/``.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import matplotlib
import torch

import pytorch_fbcunn_compat as compat

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (after the backend is chosen)

HERE = Path(__file__).resolve().parent
OUT = HERE.parents[1] / "demo_output"
BIN = Path(sys.executable).parent


def step(number: int, text: str) -> None:
    """Announces a step."""
    print(f"\n\033[1m[{number}/3] {text}\033[0m" if sys.stdout.isatty() else f"\n[{number}/3] {text}", flush=True)


def train() -> float:
    """Runs the legacy script; returns the test accuracy it reports, in percent."""
    command = [str(BIN / "th"), str(HERE / "train.lua"), "-data", str(HERE / "digits.t7"), "-save", str(OUT)]
    subprocess.run(command, check=True)
    rows = read_log()
    return rows[-1][2]


def read_log() -> list[tuple[float, float, float]]:
    """Rows of train.log: loss, training accuracy, test accuracy."""
    lines = (OUT / "train.log").read_text().splitlines()[1:]
    return [tuple(float(word) for word in line.split()) for line in lines]  # type: ignore[misc]


def held_out() -> tuple[torch.Tensor, torch.Tensor]:
    """Test images (N×1×8×8 float32) and labels (N, 1-based) as the script split them."""
    test = compat.load(OUT / "test.t7")
    return test.data, test.labels


def evaluate(model: torch.nn.Module) -> float:
    """Accuracy of the model on the held-out images, in percent."""
    images, labels = held_out()
    with torch.no_grad():
        predicted = model.eval()(images).argmax(1) + 1
    return (predicted == labels.long()).double().mean().item() * 100


def picture(model: torch.nn.Module) -> Path:
    """Writes the loss curve and the first layer's filters as one PNG."""
    rows = read_log()
    filters = next(m for m in model.modules() if isinstance(m, torch.nn.Conv2d)).weight.detach()[:, 0]
    figure = pyplot.figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subfigures(1, 2)
    axes = left.subplots()
    axes.plot(range(1, len(rows) + 1), [row[0] for row in rows], marker="o")
    axes.set(title="training loss", xlabel="epoch", ylabel="negative log-likelihood", yscale="log")
    right.suptitle("first-layer filters")
    columns = 4
    for axis, kernel in zip(right.subplots(-(-len(filters) // columns), columns).flat, filters, strict=False):
        axis.imshow(kernel, cmap="gray")
        axis.set_axis_off()
    path = OUT / "training.png"
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return path


def main() -> int:
    """Trains, loads, ports; returns the exit status."""
    started = time.perf_counter()
    OUT.mkdir(exist_ok=True)
    step(1, "th train.lua: a legacy script trains on 1,797 handwritten digits")
    in_lua = train()

    step(2, "the model it saved, in Python")
    model = compat.load_model(OUT / "model.t7")
    print(model)
    in_python = evaluate(model)
    print(f"accuracy on the held-out images: {in_lua:.2f} % in Lua, {in_python:.2f} % in Python")
    if abs(in_lua - in_python) > 0.005:
        print("the two accuracies differ", file=sys.stderr)
        return 1
    png = picture(model)

    step(3, "fbcunn port: the model as PyTorch source and safetensors, compared layer by layer")
    status = subprocess.run([str(BIN / "fbcunn"), "port", str(OUT / "model.t7"), "-o", str(OUT / "ported")]).returncode
    if status != 0:
        return status

    root = OUT.relative_to(Path.cwd()) if OUT.is_relative_to(Path.cwd()) else OUT
    print(
        f"\nDone in {time.perf_counter() - started:.0f} s. In {root}/: model.t7, train.log, {png.name} (loss, filters),"
        " ported/model.py and ported/model.safetensors."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
