"""Archives while they are built: zips on this machine's disk, held by one worker at a time.

A resting one is called by its archive alone; whoever renames it holds it. A zip that a crash left
in somebody's hands is never taken up again, so none is ever torn. Its comment says how far it is.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.files import File

from classifier.records import Archive

ABANDONED: Final = 3600.0
"""Seconds after which nobody holds a file any more that was not written to."""


def folder() -> Path:
    made = Path(settings.DATA_DIR) / "building"
    made.mkdir(mode=0o700, exist_ok=True)
    return made


def take(archive: Archive) -> Path | None:
    """The one that rests here, now ours; None where there is none, or another worker has it."""
    held = begin(archive)
    with suppress(FileNotFoundError):
        return _resting(archive).rename(held)
    return None


def begin(archive: Archive) -> Path:
    """Where a new one goes."""
    return folder() / f"{archive.pk.hex}.{os.getpid()}-{threading.get_ident()}"


def put_back(archive: Archive, held: Path) -> None:
    held.rename(_resting(archive))


def discard(archive: Archive) -> None:
    _resting(archive).unlink(missing_ok=True)


def tidy(wanted: Collection[str]) -> None:
    """Delete what rests here of other archives than these (hexadecimal ids), or was abandoned."""
    for path in folder().iterdir():
        with suppress(FileNotFoundError):
            old = path.stat().st_mtime < time.time() - ABANDONED
            if old if path.suffix != ".zip" else path.stem not in wanted:
                path.unlink()


def _resting(archive: Archive) -> Path:
    return folder() / f"{archive.pk.hex}.zip"


class Finished(File):
    """A built zip for the storage, which may move it instead of copying it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("rb"), name=path.name)
        self._path = path

    def temporary_file_path(self) -> str:
        return str(self._path)
