"""What is no photograph: by name, the code of its refusal and how to make it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from PIL import Image

from tests.attacks.containers import PNG_SIGNATURE, chunk, png, segment
from tests.attacks.heic import heic, mosaic
from tests.images import encoded, lesion

SCRIPT = "<script>alert(document.domain)</script>"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200">{SCRIPT}</svg>'
ENTITIES = '<!DOCTYPE svg [<!ENTITY f SYSTEM "file:///etc/passwd">]><svg><text>&f;</text></svg>'
PDF = "%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"
FILM = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(500)
AVIF = b"\0\0\0\x1cftypavif\0\0\0\0mif1miafMA1B" + bytes(500)


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("../../evil.html", SCRIPT)
    return buffer.getvalue()


def _frames(format: str) -> bytes:  # noqa: A002
    return encoded(lesion(), format, save_all=True, append_images=[lesion(seed=1)])


def _cut(content: Callable[[], bytes], share: float) -> Callable[[], bytes]:
    return lambda: content()[: int(len(content()) * share)]


def _flipped_pixels() -> bytes:
    """A PNG whose pixels no longer are what their checksum says."""
    content = bytearray(encoded(format="PNG"))
    content[len(content) // 2] ^= 0xFF
    return bytes(content)


REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "empty": ("empty", lambda: b""),
    "one byte": ("not_an_image", lambda: b"\xff"),
    "zeros": ("not_an_image", lambda: bytes(5000)),
    "svg with a script": ("not_an_image", SVG.encode),
    "svg with an entity": ("not_an_image", ENTITIES.encode),
    "html": ("not_an_image", f"<!doctype html>{SCRIPT}".encode),
    "html behind a mark of its order": ("not_an_image", f"\ufeff<html>{SCRIPT}".encode),
    "pdf with a script": ("not_an_image", PDF.encode),
    "zip": ("not_an_image", archive),
    "program": ("not_an_image", lambda: b"\x7fELF" + bytes(500)),
    "shell script": ("not_an_image", lambda: b"#!/bin/sh\nid\n"),
    "postscript": ("not_an_image", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 200 200"),
    "gif and script at once": (
        "not_an_image",
        lambda: b"GIF89a/*" + encoded(format="GIF")[8:] + b"*/=1;alert(1)",
    ),
    "animated gif": ("not_an_image", lambda: _frames("GIF")),
    "animated webp": ("not_an_image", lambda: _frames("WEBP")),
    "tiff of several pages": ("not_an_image", lambda: _frames("TIFF")),
    "bmp": ("not_an_image", lambda: encoded(format="BMP")),
    "jpeg 2000": ("not_an_image", lambda: encoded(format="JPEG2000")),
    "animated png": ("animated", lambda: _frames("PNG")),
    "film": ("not_an_image", lambda: FILM),
    "avif": ("not_an_image", lambda: AVIF),
    "jpeg: only the start": ("not_an_image", lambda: b"\xff\xd8\xff"),
    "jpeg: start and end": ("not_an_image", lambda: b"\xff\xd8\xff\xd9"),
    "jpeg: only tables": (
        "not_an_image",
        lambda: b"\xff\xd8" + segment(0xDB, b"\0" + b"\1" * 64) + b"\xff\xd9",
    ),
    "jpeg: nothing after its header": (
        "damaged",
        lambda: encoded()[: encoded().index(b"\xff\xda") + 14],
    ),
    "jpeg: half of it": ("damaged", _cut(encoded, 0.5)),
    "jpeg: a size of nothing": (
        "not_an_image",
        lambda: encoded(lesion(96, 80)).replace(b"\0\x50\0\x60\3", b"\0\0\0\x60\3"),
    ),
    "png: only the signature": ("not_an_image", lambda: PNG_SIGNATURE),
    "png: only the header": ("not_an_image", lambda: png(200, 200)[:33]),
    "png: a header without a size": ("not_an_image", lambda: png(0, 0)),
    "png: without pixels": (
        "damaged",
        lambda: png(200, 200)[:33] + chunk(b"IEND"),
    ),
    "png: half of it": ("damaged", _cut(lambda: encoded(format="PNG"), 0.5)),
    "png: changed pixels": ("damaged", _flipped_pixels),
    "heic: only the brand": ("damaged", lambda: heic(lesion())[:32]),
    "heic: half of it": ("damaged", _cut(lambda: heic(lesion()), 0.5)),
    "heic: no picture in it": (
        "damaged",
        lambda: heic(lesion())[:28] + b"\0\0\0\x08free" + bytes(300),
    ),
    "heic: larger than it says": ("damaged", lambda: mosaic(4000, 4000)),
    "heic: too small": ("too_small", lambda: heic(Image.new("RGB", (63, 80)))),
}
