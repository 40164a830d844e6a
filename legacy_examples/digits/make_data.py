"""Writes digits.t7 from scikit-learn's copy of the UCI handwritten digits.

Run once, in an environment that has scikit-learn beside this package: python make_data.py [digits.t7]
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from sklearn.datasets import load_digits

from pytorch_fbcunn_compat.t7 import save


def main(path: Path) -> None:
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.uint8).reshape(-1, 1, 8, 8).contiguous()
    labels = torch.tensor(digits.target, dtype=torch.int64) + 1
    save(path, {"data": images, "labels": labels})
    print(f"{path}: {len(images)} images, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("digits.t7"))
