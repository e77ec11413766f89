"""Small files that cost much memory or time, each with the code of its refusal."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from PIL import Image

from tests.attacks.containers import chunk, png, progressive, segment, with_segments
from tests.attacks.heic import claiming, cut_out, heic, mosaic
from tests.images import encoded

UP_TO_THE_LIMIT = 9_990_000  # bytes


def _repeated(part: bytes) -> bytes:
    return part * (UP_TO_THE_LIMIT // len(part))


def _jpeg(*segments: bytes) -> bytes:
    return with_segments(encoded(), *segments)


def _deflated(megabytes: int) -> bytes:
    return zlib.compress(bytes(megabytes * 1_000_000), 9)


def _photoshop() -> bytes:
    """Segments full of the smallest resources."""
    return segment(0xED, b"Photoshop 3.0\0" + b"8BIM\4\4\0\0\0\0\0\0" * 5000)


REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "png of 169 megapixels": ("too_many_pixels", lambda: png(13_000, 13_000, colour=0)),
    "png of 900 megapixels": ("too_many_pixels", lambda: png(30_000, 30_000, colour=0, depth=1)),
    "jpeg of 300 scans": ("too_many_parts", lambda: progressive(5000, 5000, scans=300)),
    "jpeg of 100,000 scans": ("too_many_parts", lambda: progressive(640, 480, scans=100_000)),
    "progressive jpeg at the limit": (
        "too_many_pixels",
        lambda: progressive(5000, 5000, scans=10),
    ),
    "cmyk jpeg, progressive": (
        "too_many_pixels",
        lambda: encoded(Image.new("CMYK", (4000, 4000)), progressive=True),
    ),
    "jpeg of 65,500 a side": (
        "too_many_pixels",
        lambda: progressive(64, 64, scans=3).replace(b"\0\x40\0\x40\3", b"\xff\xdc\xff\xdc\3"),
    ),
    "jpeg of empty segments": ("too_many_parts", lambda: _jpeg(_repeated(segment(0xE3)))),
    "jpeg of empty comments": ("too_many_parts", lambda: _jpeg(_repeated(segment(0xFE)))),
    "jpeg of empty Exif": (
        "too_many_parts",
        lambda: _jpeg(_repeated(segment(0xE1, b"Exif\0\0"))),
    ),
    "jpeg of empty tables": ("too_many_parts", lambda: _jpeg(_repeated(segment(0xC4)))),
    "png of empty chunks": (
        "too_many_parts",
        lambda: png(99, 99, before=_repeated(chunk(b"prVt"))),
    ),
    "png of empty texts": (
        "too_many_parts",
        lambda: png(99, 99, before=_repeated(chunk(b"iTXt", b"a\0\0\0\0\0"))),
    ),
    "png of empty pixels": (
        "too_many_parts",
        lambda: png(99, 99, before=_repeated(chunk(b"IDAT"))),
    ),
    "png of texts that inflate to 9 GB": (
        "not_an_image",
        lambda: png(99, 99, before=_repeated(chunk(b"zTXt", b"a\0\0" + _deflated(1)))),
    ),
    "png of a text that inflates to 100 MB": (
        "not_an_image",
        lambda: png(99, 99, before=chunk(b"iTXt", b"a\0\1\0\0\0" + _deflated(100))),
    ),
    "png with a profile that inflates to 100 MB": (
        "not_an_image",
        lambda: png(99, 99, before=chunk(b"iCCP", b"a\0\0" + _deflated(100))),
    ),
    "heic of 81 megapixels": (
        "too_many_pixels",
        lambda: claiming(heic(Image.new("RGB", (128, 128))), 9000, 9000),
    ),
    "heic cut out of 81 megapixels": (
        "too_many_pixels",
        lambda: cut_out(claiming(heic(Image.new("RGB", (128, 128))), 9000, 9000), 99, 99),
    ),
    "heic put together to 900 megapixels": (
        "too_many_pixels",
        lambda: mosaic(30_000, 30_000),
    ),
}

ACCEPTED: dict[str, Callable[[], bytes]] = {
    "png of 25 megapixels": lambda: png(5000, 5000),
    "jpeg of 64 scans": lambda: progressive(3870, 3870, scans=64),
    "jpeg of many small resources": lambda: _jpeg(_repeated(_photoshop())),
}
"""Which a photograph may be, however unlikely it is: bounded all the same."""
