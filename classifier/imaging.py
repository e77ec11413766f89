"""Uploaded bytes → a validated, normalised photograph and its thumbnail. No database."""

from __future__ import annotations

import hashlib
import io
import threading
from dataclasses import dataclass
from typing import IO, Final

from django.conf import settings
from PIL import Image

from ml.photographs import InvalidPhotograph, open_photograph

THUMBNAIL_SIDE: Final = 256
JPEG_QUALITY: Final = 95

# At the size limit a photograph takes about 200 MB while it is converted: one at a time.
_decoding = threading.Lock()


@dataclass(frozen=True)
class NormalisedPhotograph:
    """`jpeg` and `thumbnail` are JPEG files without metadata; sizes in pixels.

    `sha256` is that of the uploaded bytes.
    """

    jpeg: bytes
    thumbnail: bytes
    width: int
    height: int
    sha256: str


def normalise(file: IO[bytes]) -> NormalisedPhotograph:
    """Check one uploaded file and make what is stored of it: new files, drawn from the pixels.

    Raises `InvalidPhotograph` with a sentence for the user.
    """
    # Of what is far too large only the beginning was written, but an upload knows its size.
    size = max(file.seek(0, io.SEEK_END), getattr(file, "size", 0))
    if size == 0:
        raise InvalidPhotograph("empty", "The file is empty.")
    if size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // 1_000_000
        raise InvalidPhotograph(
            "too_large", f"The file has {size / 1e6:.1f} MB; at most {limit} MB are allowed."
        )
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    with _decoding:
        photograph = open_photograph(file)
        photograph.info = {}  # else Pillow writes a comment, or a profile, that it finds here
        return NormalisedPhotograph(
            jpeg=_jpeg(photograph, JPEG_QUALITY),
            thumbnail=_jpeg(_thumbnail(photograph), 80),
            width=photograph.width,
            height=photograph.height,
            sha256=sha256,
        )


def stored_photograph(file: IO[bytes], *, at_least: int) -> Image.Image:
    """One of our own files, decoded with at least that many pixels a side where it has them.

    Raises `InvalidPhotograph` where it is damaged.
    """
    with _decoding:
        return open_photograph(file, at_least=at_least)


def _thumbnail(photograph: Image.Image) -> Image.Image:
    """At most `THUMBNAIL_SIDE` on a side; unlike Pillow's own it copies no pixels first."""
    scale = min(1.0, THUMBNAIL_SIDE / max(photograph.size))
    width, height = (max(1, round(side * scale)) for side in photograph.size)
    return photograph.resize((width, height), Image.Resampling.HAMMING, reducing_gap=1.0)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()
