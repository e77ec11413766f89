"""Photographs from iPhones: HEIC files. The limits are those of every photograph."""

from __future__ import annotations

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
    from pillow_heif import is_supported  # the worker never needs libheif

    return bool(is_supported(header))


def open_heic(source: Path | IO[bytes]) -> HeifFile:
    """The file with its size, read from the header; `to_pillow()` decodes it, upright.

    libheif's errors come as several types, from here and from there.
    """
    from pillow_heif import open_heif

    return open_heif(source, convert_hdr_to_8bit=True)
