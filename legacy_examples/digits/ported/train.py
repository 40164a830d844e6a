"""Trains a small convolutional network on handwritten digits.
The data are 1,797 images of 8x8 pixels (values 0 to 16). The last
fifth, written by other people than the rest, is for testing.
th train.lua -save results -maxEpoch 40

Translated from train.lua by fbcunn port.
"""

from __future__ import annotations

import argparse
import math
import os
import time
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import nn

from pytorch_fbcunn_compat import load

SCRIPT = Path(__file__).resolve().parent / "../train.lua"


class MulConstant(nn.Module):
    def __init__(self, constant: float) -> None:
        super().__init__()
        self.constant = constant

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input * self.constant


class AddConstant(nn.Module):
    def __init__(self, constant: float) -> None:
        super().__init__()
        self.constant = constant

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input + self.constant


class Torch7Random:
    """Torch7's random numbers: those that the Lua script gets from the same seed, drawn in the same order."""

    def __init__(self) -> None:
        self.source = np.random.RandomState()
        self.left = np.empty(0)
        self.done: weakref.WeakSet[nn.Module] = weakref.WeakSet()

    def seed(self, seed: float) -> None:
        self.source = np.random.RandomState(int(seed))
        self.left = np.empty(0)
        torch.manual_seed(int(seed))

    def draw(self, count: int) -> np.ndarray:
        """The next 32-bit numbers of the Mersenne twister."""
        return np.frombuffer(self.source.bytes(4 * count), "<u4")

    def uniform(self, low: float = 0, high: float = 1, size: Any = ()) -> torch.Tensor:
        numbers = self.draw(math.prod(size)) / 2**32 * (high - low) + low
        return torch.from_numpy(numbers).reshape(size).to(torch.get_default_dtype())

    def normal(self, mean: float = 0, deviation: float = 1, size: Any = ()) -> torch.Tensor:
        """Two at a time from two uniform ones; the second is kept for the next call."""
        count = math.prod(size)
        angle, length = self.draw(2 * max(0, -(-(count - len(self.left)) // 2))).reshape(-1, 2).T / 2**32
        length = np.sqrt(-2 * np.log1p(-length))
        pairs = np.stack([length * np.cos(2 * np.pi * angle), length * np.sin(2 * np.pi * angle)], 1)
        numbers = np.concatenate([self.left, pairs.flatten()])
        self.left = numbers[count:]
        numbers = numbers[:count] * deviation + mean
        return torch.from_numpy(numbers).reshape(size).to(torch.get_default_dtype())

    def integer(self, low: int, high: int) -> int:
        return int(self.draw(1)[0]) % (high - low + 1) + low

    def permutation(self, count: int) -> torch.Tensor:
        """The numbers 0 to count - 1, shuffled."""
        order = list(range(count))
        for place, number in enumerate(self.draw(max(0, count - 1)).tolist()):
            other = place + number % (count - place)
            order[place], order[other] = order[other], order[place]
        return torch.tensor(order)

    @torch.no_grad()
    def reset(self, model: nn.Module) -> nn.Module:
        """Gives the new layers of a model the initial weights that they have in Lua."""
        for layer in model.modules():
            if layer in self.done:
                continue
            self.done.add(layer)
            if isinstance(layer, nn.modules.batchnorm._BatchNorm) and layer.affine:
                layer.weight.copy_(self.uniform(size=layer.weight.shape))
            elif isinstance(layer, nn.Embedding):
                layer.weight.copy_(self.normal(size=layer.weight.shape))
            elif isinstance(layer, (nn.Linear, nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d)):
                # ConvTranspose2d has its input channels first
                inputs = layer.weight[:, 0] if isinstance(layer, nn.ConvTranspose2d) else layer.weight[0]
                bound = 1 / math.sqrt(inputs.numel())
                for parameter in (layer.weight, layer.bias):
                    if parameter is not None:
                        parameter.copy_(self.uniform(-bound, bound, parameter.shape))
        return model


class Dropout(nn.Module):
    """nn.Dropout with the random numbers of a Torch7Random."""

    def __init__(self, p: float, rng: Torch7Random) -> None:
        super().__init__()
        self.p, self.rng = p, rng

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not self.training or not self.p:
            return input
        kept = self.rng.uniform(size=input.shape) <= 1 - self.p
        return input * kept.to(input) / (1 - self.p)


class Logger:
    """Rows of numbers in a text file."""

    def __init__(self, path: str) -> None:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        self.file = open(path, "w")
        self.named = False

    def set_names(self, names: list[str]) -> None:
        print("\t".join(names), file=self.file)
        self.named = True

    def add(self, row: Any) -> None:
        if isinstance(row, dict):
            if not self.named:
                self.set_names(list(row))
            row = row.values()
        print("\t".join(f"{value:.4e}" for value in row), file=self.file, flush=True)


def show_progress(current: float, goal: float) -> None:
    """A line that shows how far a loop is."""
    print(f"\r{current} of {goal}", end="\n" if current >= goal else "", flush=True)


def count(confusion: torch.Tensor, outputs: torch.Tensor, targets: Any) -> None:
    """Counts a batch in a confusion matrix: a row for each true class, a column for each predicted one.

    Targets are counted from 1.
    """
    rows = torch.as_tensor(targets).long().reshape(-1) - 1
    columns = outputs.detach().reshape(len(rows), -1).argmax(1)
    confusion.index_put_((rows, columns), torch.ones_like(rows), accumulate=True)


def accuracy(confusion: torch.Tensor) -> float:
    """The share of right predictions."""
    return (confusion.diagonal().sum() / confusion.sum()).item()


rng = Torch7Random()  # the Lua script's random numbers, in the same order


# options

parser = argparse.ArgumentParser(description="Trains a convolutional network on handwritten digits")
parser.add_argument("-save", default="results", help="folder for the model and the log")
parser.add_argument("-data", default="", help="data file (digits.t7 beside this script)")
parser.add_argument("-seed", type=int, default=1, help="seed of the random numbers")
parser.add_argument("-threads", type=int, default=1, help="number of threads")
parser.add_argument("-maxEpoch", type=int, default=40, help="passes over the training images")
parser.add_argument("-batchSize", type=int, default=32, help="images in a mini-batch")
parser.add_argument("-learningRate", type=float, default=0.05, help="learning rate")
parser.add_argument("-learningRateDecay", type=float, default=2e-3, help="learning rate decay, per mini-batch")
parser.add_argument("-momentum", type=float, default=0.9, help="momentum")
parser.add_argument("-weightDecay", type=float, default=1e-4, help="weight decay")
parser.add_argument("-dropout", type=float, default=0.5, help="share of features dropped in training")
parser.add_argument("-silent", action="store_true", help="no progress bar")
opt = parser.parse_args()

torch.set_default_dtype(torch.float32)
torch.set_num_threads(opt.threads)
rng.seed(opt.seed)

if opt.data == "":
    opt.data = os.path.join(os.path.dirname(SCRIPT), "digits.t7")

# data

print(f"==> loading {opt.data}")

digits = load(opt.data)
nImage = digits.data.size(0)
nTest = math.floor(nImage / 5)


# images first..first+count-1, in the default tensor type
def subset(first, count):
    set_ = SimpleNamespace()
    set_.data = digits.data.narrow(0, first - 1, count).to(torch.get_default_dtype())
    set_.labels = digits.labels.narrow(0, first - 1, count).clone()
    set_.size = lambda: set_.data.size(0)
    return set_


trainset = subset(1, nImage - nTest)
testset = subset(nImage - nTest + 1, nTest)
print(f"{trainset.size()} training images, {testset.size()} test images")

# model: the first two layers bring pixels from 0..16 to -1..1

classes = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]

model = nn.Sequential(
    MulConstant(1 / 8),
    AddConstant(-1),
    nn.Conv2d(1, 16, 3, padding=1),
    nn.Tanh(),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 64, 3, padding=1),
    nn.Tanh(),
    nn.MaxPool2d(2),
    Dropout(opt.dropout, rng),
    nn.Flatten(),
    nn.Linear(64 * 2 * 2, 128),
    nn.Tanh(),
    nn.Linear(128, len(classes)),
    nn.LogSoftmax(dim=1),
)
rng.reset(model)

criterion = nn.NLLLoss()

print("==> model:")
print(model)

print(f"==> {sum(p.numel() for p in model.parameters())} parameters")

# training and testing

confusion = torch.zeros(len(classes), len(classes), dtype=torch.int64)
logger = Logger(os.path.join(opt.save, "train.log"))
logger.set_names(["loss", "train accuracy (%)", "test accuracy (%)"])

optimizer = torch.optim.SGD(
    model.parameters(), lr=opt.learningRate, momentum=opt.momentum, dampening=0, weight_decay=opt.weightDecay
)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step * opt.learningRateDecay))


def progress(current, goal):
    if not opt.silent:
        show_progress(current, goal)


# moves a mini-batch by up to one pixel each way, so that the network does not rely on exact places
def jitter(images):
    dx, dy = rng.integer(-1, 1), rng.integer(-1, 1)
    h, w = images.size(2) - abs(dy), images.size(3) - abs(dx)

    def overlap(t, y, x):
        return t.narrow(2, max(1, 1 + y) - 1, h).narrow(3, max(1, 1 + x) - 1, w)

    moved = torch.zeros_like(images)
    overlap(moved, dy, dx).copy_(overlap(images, -dy, -dx))
    return moved


def train(epoch):
    print(f"==> epoch # {epoch}")
    model.train()
    confusion.zero_()
    shuffle = rng.permutation(trainset.size())
    total = 0

    for t in range(1, trainset.size() + 1, opt.batchSize):
        size = min(opt.batchSize, trainset.size() - t + 1)
        index = shuffle.narrow(0, t - 1, size)
        inputs = jitter(trainset.data.index_select(0, index))
        targets = trainset.labels.index_select(0, index)

        optimizer.zero_grad()
        outputs = model(inputs)
        f = criterion(outputs, targets.long() - 1)
        f.backward()
        count(confusion, outputs, targets)
        optimizer.step()
        scheduler.step()
        total = total + f.item() * size
        progress(t + size - 1, trainset.size())

    return total / trainset.size(), accuracy(confusion) * 100


@torch.no_grad()
def test():
    model.eval()
    confusion.zero_()
    count(confusion, model(testset.data), testset.labels)
    return accuracy(confusion) * 100


# the main loop

timer = time.perf_counter()

for epoch in range(1, opt.maxEpoch + 1):
    loss, trainAccuracy = train(epoch)
    testAccuracy = test()
    print(f"loss {loss:.4f}, training images {trainAccuracy:.2f}%, test images {testAccuracy:.2f}%")
    logger.add([loss, trainAccuracy, testAccuracy])

print("==> test images:")
print(confusion)

file = os.path.join(opt.save, "model.pt")
torch.save(model.state_dict(), file)
torch.save(dict(data=testset.data, labels=testset.labels), os.path.join(opt.save, "test.pt"))
print(f"==> accuracy on {testset.size():.0f} held-out images: {accuracy(confusion) * 100:.2f}%")
print(f"==> {time.perf_counter() - timer:.1f} s; model saved as {file}")
