"""Writes tensors as .safetensors."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from safetensors.torch import save_file


def save_weights(tensors: dict[str, torch.Tensor], path: str | os.PathLike[str]) -> None:
    """Writes contiguous tensors by name to a new .safetensors file with the permissions that the umask gives.

    Raises:
        FileExistsError: there is such a file.
    """
    path = Path(path)
    path.touch(exist_ok=False)
    permissions = path.stat().st_mode
    save_file(tensors, path, {"format": "pt"})
    path.chmod(permissions)  # safetensors writes through a private temporary file, which only its owner may read
