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

# A photograph of 25 megapixels takes 75 MB while it is decoded: not all threads at once.
_decoders = threading.BoundedSemaphore(2)


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
    size = file.seek(0, io.SEEK_END)
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
    with _decoders:
        photograph = open_photograph(file)
        photograph.info = {}  # else Pillow writes a comment, or a profile, that it finds here
        thumbnail = photograph.copy()
        thumbnail.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), reducing_gap=2.0)
        return NormalisedPhotograph(
            jpeg=_jpeg(photograph, JPEG_QUALITY),
            thumbnail=_jpeg(thumbnail, 80),
            width=photograph.width,
            height=photograph.height,
            sha256=sha256,
        )


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()
