"""A part of a file, for a download that was cut off (RFC 9110, 14: `Range`, `If-Range`)."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Final

from django.conf import settings

BLOCK: Final = 65_536  # bytes


class Unsatisfiable(Exception):
    """The file ends before the part that is asked for begins."""


@dataclass(frozen=True)
class Whole:
    """All of an answer, as a file of which parts can be sent."""

    file: IO[bytes]
    size: int
    tag: str
    """Its `ETag`: equal tags mean equal bytes."""


@dataclass(frozen=True)
class Part:
    """The bytes from the first to the last, both included. Who is done with it closes the file."""

    whole: Whole
    first: int
    last: int

    def __iter__(self) -> Iterator[bytes]:
        self.whole.file.seek(self.first)
        left = self.last + 1 - self.first
        while left and (block := self.whole.file.read(min(BLOCK, left))):
            left -= len(block)
            yield block

    def close(self) -> None:
        """Django does so at the end of an answer, however far it came."""
        self.whole.file.close()


def spooled(blocks: Iterable[bytes]) -> Whole:
    """On disk under no name, and tagged by a digest of the bytes."""
    file = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115  # closed by `Part`
    digest, size = hashlib.sha256(), 0
    for block in blocks:
        digest.update(block)
        size += file.write(block)
    return Whole(file, size, f'"{digest.hexdigest()}"')


def requested(header: str, size: int) -> tuple[int, int] | None:
    """The first and the last byte that a `Range` asks for; None where it asks for no one part.

    Raises `Unsatisfiable`.
    """
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header.strip())
    if match is None or match[0] == "bytes=-" or not size:
        return None
    first, last = match[1], match[2]
    if not first:  # the last so many
        begin, end = max(0, size - int(last)), size - 1
    else:
        begin, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < begin:
            return None
    if begin > end:
        raise Unsatisfiable
    return begin, end
