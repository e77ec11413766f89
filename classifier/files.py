"""The files of a photograph: deleted with its row, swept up if a crash left them behind."""

from __future__ import annotations

import datetime
import itertools
import logging
import re
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from tempfile import gettempdir
from typing import Any, Final

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Model
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from classifier.models import LesionImage, image_path, thumbnail_path
from classifier.records import Archive, archive_path

logger = logging.getLogger(__name__)

FOLDERS: Final = {"images": LesionImage, "thumbnails": LesionImage, "archives": Archive}
"""Of the storage, each with the rows that its files belong to."""
ORPHAN_AGE: Final = datetime.timedelta(hours=1)
"""Younger files may belong to an upload whose transaction has not ended."""
HEX: Final = "0123456789abcdef"
NAMES_A_QUERY: Final = 500


def delete_files(image: LesionImage) -> None:
    """Remove what there is of both files; missing ones are fine.

    A file of which only a part could be written (the disk is full) has no name in the row yet, but
    lies where the whole one would.
    """
    for name in (
        image.file.name or image_path(image, ""),
        image.thumbnail.name or thumbnail_path(image, ""),
    ):
        default_storage.delete(name)


@receiver(post_delete, sender=LesionImage)
def delete_files_on_commit(instance: LesionImage, **_: Any) -> None:
    """However the row went (page, API, admin, the owner's account), its files go too."""
    transaction.on_commit(lambda: delete_files(instance))


def stored(first_digits: str = HEX) -> Iterator[tuple[type[Model], str]]:
    """Every file in the storage, with the kind of row that it belongs to.

    A part of them by the first digit of their names: each is one of sixteen, equally large.
    """
    for folder, kind in FOLDERS.items():
        for name in _names(folder, first_digits):
            yield kind, name


def sweep_orphans(first_digits: str = HEX, *, younger_too: bool = False) -> int:
    """Delete files that a crash left: stored ones without a row, half uploads; how many.

    In constant memory but for the names in one folder. Young ones only where no upload can be
    under way.
    """
    deadline = timezone.now() if younger_too else timezone.now() - ORPHAN_AGE
    orphans = 0
    for kind, found in itertools.groupby(stored(first_digits), key=lambda pair: pair[0]):
        names = (name for _kind, name in found)
        while some := list(itertools.islice(names, NAMES_A_QUERY)):
            for name in _without_row(kind, some):
                orphans += _delete_if_old(name, deadline)
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR or gettempdir()).glob("*.upload*"):
        if path.stat().st_mtime < deadline.timestamp():
            path.unlink(missing_ok=True)
            orphans += 1
    if orphans:
        logger.warning("Deleted %d files that belonged to no row.", orphans)
    return orphans


def _names(folder: str, first_digits: str) -> Iterator[str]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored; an object store knows no folders
        return
    for name in names:
        if name[0] in first_digits or name[0] not in HEX:
            yield f"{folder}/{name}"
    for inner in folders:
        if inner[0] in first_digits or inner[0] not in HEX:
            yield from _names(f"{folder}/{inner}", HEX)


def _without_row(kind: type[Model], names: Iterable[str]) -> list[str]:
    """A file is named after its row's key: one look by the index for all of them."""
    keys = {name: _key_in(name) for name in names}
    few = kind._default_manager.only(*("file", "thumbnail") if kind is LesionImage else ("pk",))
    rows = few.in_bulk([key for key in keys.values() if key])
    return [name for name, key in keys.items() if key is None or not _names_it(rows.get(key), name)]


def _key_in(name: str) -> uuid.UUID | None:
    digits = re.match(r"[0-9a-f]{32}", PurePosixPath(name).name)
    return uuid.UUID(digits[0]) if digits else None


def _names_it(row: Model | None, name: str) -> bool:
    if isinstance(row, LesionImage):
        return name in {row.file.name, row.thumbnail.name}
    return isinstance(row, Archive) and name == archive_path(row)


def _delete_if_old(name: str, deadline: datetime.datetime) -> bool:
    try:
        if default_storage.get_modified_time(name) >= deadline:
            return False
    except FileNotFoundError:  # its row and it were just deleted
        return False
    default_storage.delete(name)
    return True
