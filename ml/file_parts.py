"""What a JPEG or PNG file is put together from, counted before a decoder reads it.

A few megabytes hold millions of empty parts, which decoders keep one by one, or thousands of scans,
each of which passes over the whole picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

MAX_PARTS: Final = 10_000
"""Segments of a JPEG or chunks of a PNG. The largest real files have some thousands."""
MAX_SCANS: Final = 64
"""Of a JPEG; encoders write one, or some ten to be shown progressively."""

_PNG_SIGNATURE: Final = 8  # bytes
_MARKER: Final = re.compile(rb"\xff+([^\x00\xff])")
# Within a scan 0xFF is followed by zero or by the marker of a restart; whatever else ends it.
_END_OF_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_EOI: Final = 0xD9
_SOS: Final = 0xDA
_ALONE: Final = {*range(0xC0), *range(0xD0, 0xD9)}
"""Markers without a length, or that decoders step over."""
_FRAMES: Final = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE: Final = {0xC2, 0xC6, 0xCA, 0xCE}


class TooManyParts(ValueError):
    """No photograph is put together like that."""


@dataclass
class JpegParts:
    """How a JPEG is built, as far as its markers say it."""

    components: int = 0
    is_progressive: bool = False
    first_scan: int = 0
    """So many of the components are in it."""

    @property
    def is_held_whole(self) -> bool:
        """Whether a decoder keeps all coefficients of the picture until the last scan."""
        return self.is_progressive or self.first_scan < self.components


def jpeg_parts(data: bytes) -> JpegParts:
    """Of the first picture in the file, or as far as a damaged file goes.

    Raises `TooManyParts`.
    """
    found, scans = JpegParts(), 0
    for number, (marker, body) in enumerate(_segments(data)):
        if marker in _FRAMES:
            found.components = data[body + 5] if body + 5 < len(data) else 0
            found.is_progressive = marker in _PROGRESSIVE
        elif marker == _SOS:
            scans += 1
            found.first_scan = found.first_scan or data[body]
        if number >= MAX_PARTS or scans > MAX_SCANS:
            raise TooManyParts
    return found


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Each marker and where the content of its segment begins."""
    position = 2
    while found := _MARKER.search(data, position):
        marker, position = found[1][0], found.end()
        body = position + 2
        if marker == _EOI or body >= len(data):
            return
        yield marker, body
        if marker not in _ALONE:
            position += int.from_bytes(data[position:body], "big")
        if marker == _SOS:
            end = _END_OF_SCAN.search(data, position)
            position = end.start() if end else len(data)


def count_png_parts(file: IO[bytes]) -> None:
    """Raises `TooManyParts`."""
    file.seek(_PNG_SIGNATURE, 1)
    for _ in range(MAX_PARTS):
        header = file.read(8)
        if len(header) < 8 or header[4:] == b"IEND":
            return
        file.seek(int.from_bytes(header[:4], "big") + 4, 1)  # and its checksum
    raise TooManyParts
