"""Files of other kinds under the name .t7 are named, with what to call instead."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import tarfile
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save as safetensors

from pytorch_fbcunn_compat.t7 import T7Error, load, save


def zipped() -> bytes:
    stream = io.BytesIO()
    torch.save({"a": torch.ones(1)}, stream)
    return stream.getvalue()


def old_checkpoint() -> bytes:
    stream = io.BytesIO()
    torch.save({"a": torch.ones(1)}, stream, _use_new_zipfile_serialization=False)
    return stream.getvalue()


def numpy_array() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.ones(3))
    return stream.getvalue()


def archive() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("x" * 99))
    return stream.getvalue()


OTHERS = {
    "zip": (zipped(), "a zip archive .*torch.load"),
    "old checkpoint": (old_checkpoint(), "pickle .*torch.load"),
    "pickle": (pickle.dumps({"a": 1}), "a Python pickle .*torch.load"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(100), "an HDF5 file: open it with h5py"),
    "gzip": (gzip.compress(b"hello"), "compressed with gzip"),
    "bzip2": (b"BZh91AY", "compressed with bzip2"),
    "xz": (b"\xfd7zXZ\x00\x00", "compressed with xz"),
    "safetensors": (safetensors({"a": torch.ones(2)}), "a safetensors file: use safetensors.torch"),
    "HTML": (b"\n<!DOCTYPE html><html>", "an HTML or XML page"),
    "JSON": (json.dumps({"a": 1}).encode(), "JSON text"),
    "NumPy": (numpy_array(), "use numpy.load"),
    "tar": (archive(), "a tar archive"),
    "LFS": (b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
    "Lua": (b"require 'torch'\nprint(1)", "text that begins with \"require 'torch'\""),
    "noise": (bytes(range(200, 256)), "object type"),
    "empty": (b"", "the file is empty"),
    "short": (b"\x03", "only 1 bytes long"),
}


@pytest.mark.parametrize("what", OTHERS)
def test_other_formats(what: str) -> None:
    data, message = OTHERS[what]
    with pytest.raises(T7Error, match=message):
        load(data)


def test_members_of_archives_load() -> None:
    inner = io.BytesIO()
    save(inner, {"a": torch.ones(3)})
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.t7", inner.getvalue())
    with zipfile.ZipFile(stream) as archive, archive.open("model.t7") as member:
        assert load(member).a.tolist() == [1, 1, 1]
    assert load(gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(inner.getvalue())))).a.tolist() == [1, 1, 1]


def test_streams_that_cannot_seek_load() -> None:
    inner = io.BytesIO()
    save(inner, "hello")

    class Response:
        def read(self) -> bytes:
            return inner.getvalue()

    assert load(Response()) == "hello"
    with pytest.raises(TypeError, match="a path, bytes or a binary file was expected"):
        load(3)
    with pytest.raises(TypeError, match="open it with mode 'rb'"):
        load(io.StringIO("3"))
