"""What kind of file is this? Torch7 streams in their variants, and the other formats found under the name .t7."""

from __future__ import annotations

import struct
from typing import NamedTuple

from .errors import T7Error

HEAD = 512  # bytes that `identify` wants to see


class Encoding(NamedTuple):
    """How a Torch7 stream is written."""

    ascii: bool
    byteorder: str  # "<" or ">", meaningless for ascii


_ADVICE = (
    (b"PK\x03\x04", "a zip archive (a PyTorch checkpoint, most likely): use torch.load(file, weights_only=True)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file: open it with h5py.File(file)"),
    (b"\x1f\x8b", "compressed with gzip: unpack it first, or pass gzip.open(file)"),
    (b"BZh", "compressed with bzip2: unpack it first, or pass bz2.open(file)"),
    (b"\xfd7zXZ\x00", "compressed with xz: unpack it first, or pass lzma.open(file)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"\x93NUMPY", "a NumPy array: use numpy.load(file)"),
    (b"\x1bLJ", "LuaJIT bytecode, not saved data"),
    (b"\x1bLua", "Lua bytecode, not saved data"),
    (b"version https://git-lfs", "a Git LFS pointer: the real file was not fetched; run git lfs pull"),
    (
        b"\x80\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.",
        "a PyTorch checkpoint of the old kind: use torch.load(file, weights_only=True)",
    ),
)


def identify(head: bytes, size: int | None = None) -> str | None:
    """Names a format that is not Torch7 from a file's first bytes and says what to call instead; None if unknown.

    Args:
        head: the first bytes (HEAD of them, or the whole file if shorter).
        size: size of the file in bytes, if known.
    """
    for magic, advice in _ADVICE:
        if head.startswith(magic):
            return advice
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "a Python pickle (a PyTorch checkpoint, perhaps): use torch.load(file, weights_only=True)"
    if _is_safetensors(head, size):
        return "a safetensors file: use safetensors.torch.load_file(file)"
    if head[257:262] == b"ustar":
        return "a tar archive: unpack it first"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<!--")):
        return "an HTML or XML page (a download that went wrong?): fetch the file itself"
    if text.startswith(b"{") and text[1:].lstrip()[:1] in (b'"', b"}"):
        return "JSON text: use json.load"
    if text and _is_text(head):
        first = head.split(b"\n", 1)[0][:40].decode("latin-1").strip()
        return f"text that begins with {first!r}"
    return None


def _is_text(head: bytes) -> bool:
    if any(byte < 32 and byte not in b"\t\r\n\f" for byte in head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start > 0 and error.start >= len(head) - 3  # a character that `head` cuts in two
    return True


def _is_safetensors(head: bytes, size: int | None) -> bool:
    if len(head) < 9 or head[8:9] != b"{":
        return False
    (length,) = struct.unpack("<Q", head[:8])
    return 2 <= length <= (size - 8 if size is not None else 100_000_000)


def detect(head: bytes, size: int | None, source: str, byteorder: str | None = None) -> Encoding:
    """Finds how a Torch7 stream is written from its first object's tag.

    Args:
        head: the first bytes.
        size: size of the file, if known.
        source: name for error messages.
        byteorder: "little" or "big" if the caller knows it.

    Raises:
        T7Error: the bytes are not a Torch7 stream; names what they are when that can be recognised.
    """
    if not head:
        raise T7Error("the file is empty", source=source)
    if _is_safetensors(head, size):
        raise T7Error(f"not a Torch7 file but {identify(head, size)}", source=source)
    if head[0] in b"012345678" and (len(head) == 1 or head[1] in b"\n\r "):
        return Encoding(True, "<")
    if len(head) >= 4:
        orders = {"little": "<", "big": ">", None: "<>"}[byteorder]
        for order in orders:
            if 0 <= struct.unpack(f"{order}i", head[:4])[0] <= 8:
                return Encoding(False, order)
        what = identify(head, size)
        if what:
            raise T7Error(f"not a Torch7 file but {what}", source=source)
        (number,) = struct.unpack("<i", head[:4])
        raise T7Error(
            f"not a Torch7 file: it begins with {head[:8]!r} (object type {number}; 0 to 8 exist)",
            source=source,
        )
    what = identify(head, size)
    raise T7Error(f"not a Torch7 file but {what}" if what else f"only {len(head)} bytes long", source=source)
