"""Photographs from iPhones: HEIC files, under the limits that hold for every photograph."""

from __future__ import annotations

from typing import IO

import pillow_heif
from PIL import Image

from ml.photographs import MAX_PIXELS, MIN_SIDE, InvalidPhotograph

_HEADER = 12  # bytes that say which format it is


def is_heic(file: IO[bytes]) -> bool:
    """By the first bytes; the file is then where it was."""
    header = file.read(_HEADER)
    file.seek(-len(header), 1)
    return header[4:8] == b"ftyp" and bool(pillow_heif.is_supported(header))


def open_heic(file: IO[bytes]) -> Image.Image:
    """The file's main picture, upright, 8-bit RGB. Raises `InvalidPhotograph`.

    The size is read from the header, before any pixel is decoded.
    """
    try:
        photograph = pillow_heif.open_heif(file, convert_hdr_to_8bit=True)
    except Exception as error:  # libheif's errors come as several types
        raise _damaged() from error
    _check_size(*photograph.size)
    try:
        return _rgb(photograph.to_pillow())
    except Exception as error:
        raise _damaged() from error


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        limit = MAX_PIXELS // 1_000_000
        message = f"The photograph has more than {limit} megapixels, which is the limit."
        raise InvalidPhotograph("too_many_pixels", message)
    if min(width, height) < MIN_SIDE:
        message = (
            f"The photograph is {width} × {height} pixels; each side needs at least {MIN_SIDE}."
        )
        raise InvalidPhotograph("too_small", message)


def _rgb(image: Image.Image) -> Image.Image:
    """libheif has turned it upright already; what is transparent becomes white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    on_white = Image.new("RGB", image.size, "white")
    on_white.paste(image, mask=image.getchannel("A"))
    return on_white


def _damaged() -> InvalidPhotograph:
    return InvalidPhotograph(
        "damaged", "The photograph is damaged or incomplete and cannot be read."
    )
