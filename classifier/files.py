"""The files of a photograph: deleted with its row, swept up if a crash left them behind."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage, default_storage
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from classifier.models import LesionImage, image_path, thumbnail_path

logger = logging.getLogger(__name__)

FOLDERS = ("images", "thumbnails")
ORPHAN_AGE = datetime.timedelta(hours=1)
"""Younger files may belong to an upload whose transaction has not ended."""


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


def sweep_orphans() -> int:
    """Delete files that a crash left: stored ones without a row, half uploads; how many."""
    deadline = timezone.now() - ORPHAN_AGE
    orphans = 0
    for folder in FOLDERS:
        for names in _batches(_stored_names(default_storage, folder)):
            for name in names - _known(names):
                with suppress(FileNotFoundError):  # its photograph was deleted just now
                    if default_storage.get_modified_time(name) < deadline:
                        default_storage.delete(name)
                        orphans += 1
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR or gettempdir()).glob("*.upload*"):
        if path.stat().st_mtime < deadline.timestamp():
            path.unlink(missing_ok=True)
            orphans += 1
    if orphans:
        logger.warning("Deleted %d files that belonged to no photograph.", orphans)
    return orphans


def _batches(names: Iterator[str], size: int = 500) -> Iterator[set[str]]:
    while batch := set(islice(names, size)):
        yield batch


def _known(names: set[str]) -> set[str]:
    """Those that a photograph's row names."""
    images = LesionImage.objects.all()
    files = images.filter(file__in=names).values_list("file", flat=True)
    return {*files, *images.filter(thumbnail__in=names).values_list("thumbnail", flat=True)}


def _stored_names(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:  # buckets know no folders: there it is an empty one
        return
    yield from (f"{folder}/{name}" for name in names)
    for inner in folders:
        yield from _stored_names(storage, f"{folder}/{inner}")
