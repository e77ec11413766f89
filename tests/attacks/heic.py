"""HEIC files by hand: what no encoder writes."""

from __future__ import annotations

import io
import struct
from typing import Any

import pillow_heif
from PIL import Image

ORIENTATION, MAKER = 0x0112, 0x010F
SOMEBODY = "SECRET-PHONE"


def heic(
    image: Image.Image, *, orientation: int = 1, maker: str = SOMEBODY, **options: Any
) -> bytes:
    tags = Image.Exif()
    tags[ORIENTATION], tags[MAKER] = orientation, maker
    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer, quality=90, exif=tags.tobytes(), **options)
    return buffer.getvalue()


def claiming(content: bytes, width: int, height: int) -> bytes:
    """The size that the file states of its largest picture, whatever was encoded."""
    sizes = [content[at + 8 : at + 16] for at in _all(content, b"ispe")]
    return content.replace(max(sizes), struct.pack(">II", width, height))


def mosaic(width: int = 256, height: int = 256) -> bytes:
    """Says 256 × 256, of four tiles, which are to be put together at that size."""
    red = Image.new("RGB", (256, 256), "red")
    content = heic(red, tile_size=128)
    grid = bytes((0, 0, 1, 1)) + struct.pack(">HH", 256, 256)  # two rows, two columns
    assert content.count(grid) == 1
    return content.replace(grid, grid[:4] + struct.pack(">HH", width, height))


def cut_out(content: bytes, width: int, height: int) -> bytes:
    """Only a corner of the picture is to be shown (a "clean aperture")."""
    aperture = _box(b"clap", struct.pack(">IIIIiIiI", width, 1, height, 1, 0, 1, 0, 1))
    properties = _found(content, b"ipco")
    used = _found(content, b"ipma")
    # One more property, and the first picture has it: the last of its list, numbered from 1.
    new_properties = _box(b"ipco", properties[8:] + aperture)
    number = _count(properties[8:]) + 1
    body = bytearray(used[8:])
    body[10] += 1
    body.insert(11 + body[10] - 1, 0x80 | number)
    grown = _found(content, b"iprp")
    return _replaced(content, grown, _box(b"iprp", new_properties + _box(b"ipma", bytes(body))))


def _replaced(content: bytes, old: bytes, new: bytes) -> bytes:
    """In the box `meta`, behind which everything moves."""
    meta = _found(content, b"meta")
    longer = len(new) - len(old)
    inner = bytearray(_box(b"meta", meta[8:].replace(old, new)))
    at = inner.index(b"iloc") + 4 + 6
    items = int.from_bytes(inner[at : at + 2], "big")
    for item in range(items):  # id, source, base, one extent: offset and length
        base = at + 2 + item * 18 + 4
        moved = int.from_bytes(inner[base : base + 4], "big") + longer
        inner[base : base + 4] = moved.to_bytes(4, "big")
    return content.replace(meta, bytes(inner))


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def _found(content: bytes, kind: bytes) -> bytes:
    begin = content.index(kind) - 4
    return content[begin : begin + int.from_bytes(content[begin : begin + 4], "big")]


def _count(boxes: bytes) -> int:
    count, at = 0, 0
    while at < len(boxes):
        count, at = count + 1, at + int.from_bytes(boxes[at : at + 4], "big")
    return count


def _all(content: bytes, kind: bytes) -> list[int]:
    return [at for at in range(len(content)) if content.startswith(kind, at)]
