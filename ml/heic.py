"""Photographs from iPhones: HEIC files. The limits are those of every photograph."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pillow_heif import HeifFile

_HEADER = 12  # bytes that say which format it is


def is_heic(source: Path | IO[bytes]) -> bool:
    """By the first bytes; a stream is then where it was. Raises `OSError`."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            header = file.read(_HEADER)
    else:
        header = source.read(_HEADER)
        source.seek(-len(header), 1)
    if header[4:8] != b"ftyp":
        return False
    from pillow_heif import get_file_mimetype  # the worker never needs libheif

    return str(get_file_mimetype(header)) in {"image/heic", "image/heif"}  # no films, no AVIF


def open_heic(source: Path | IO[bytes], *, max_pixels: int) -> HeifFile:
    """The file with its size, read from the header; `to_pillow()` decodes it, upright.

    libheif's errors come as several types, from here and from there.
    """
    from pillow_heif import open_heif

    _limit(max_pixels)
    return open_heif(source, convert_hdr_to_8bit=True)


def is_over_limit(error: Exception) -> bool:
    """Whether libheif refused a picture for its size."""
    return "exceeds the maximum image size" in str(error)


class _Limits(ctypes.Structure):
    """The beginning of libheif's `heif_security_limits`."""

    _fields_ = [("version", ctypes.c_uint8), ("max_image_size_pixels", ctypes.c_uint64)]


def _limit(pixels: int) -> None:
    """For every picture that libheif decodes from now on, in this process.

    What a file says of its size is not what has to be decoded for it: a photograph may be a corner
    of a large picture, or put together from many. Only libheif sees all of that, and pillow-heif
    does not hand its limits on.
    """
    import _pillow_heif

    library = ctypes.CDLL(_pillow_heif.__file__)
    library.heif_get_global_security_limits.restype = ctypes.POINTER(_Limits)
    library.heif_get_global_security_limits().contents.max_image_size_pixels = pixels
