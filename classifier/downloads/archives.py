"""Zips of photographs and results, for a download.

The worker builds one in slices of a second, so that predictions never wait for it, on its own
disk (`workpieces`); whole it goes to where the photographs are. It can be begun anew at any time.
"""

from __future__ import annotations

import datetime
import logging
import time
import zipfile
from pathlib import Path
from typing import Any, Final

from celery import current_app
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver
from django.utils import timezone

from classifier import history
from classifier.downloads import export, workpieces
from classifier.models import LesionImage
from classifier.privacy import own_data
from classifier.records import Archive, archive_path

logger = logging.getLogger(__name__)

LIFETIME: Final = datetime.timedelta(days=1)
LEASE: Final = datetime.timedelta(minutes=2)
"""After this long a slice that has not ended counts as lost; so does a machine with a part."""
CLOSING: Final = datetime.timedelta(hours=1)
"""A bucket may take its time to take a large one."""


def wake_builders(*, delay: float = 0.0) -> None:
    name = "classifier.tasks.build_archives"
    current_app.send_task(name, retry=False, countdown=delay or None)


def order(owner: User, selection: list[str], *, everything: bool = False) -> Archive:
    """A new archive of these predictions, which a worker begins once it is committed."""
    archive = Archive.objects.create(owner=owner, selection=selection, everything=everything)
    transaction.on_commit(wake_builders, robust=True)
    return archive


def unfinished() -> QuerySet[Archive]:
    return Archive.objects.filter(finished_at=None).order_by("created_at")


def forgotten() -> QuerySet[Archive]:
    """On which nobody works, and of which no machine has a part."""
    return unfinished().filter(Q(claimed_until=None) | Q(claimed_until__lt=timezone.now()))


def tidy() -> None:
    """Delete what is older than a day, and on this machine what nobody builds any more."""
    Archive.objects.filter(created_at__lt=timezone.now() - LIFETIME).delete()
    workpieces.tidy({pk.hex for pk in unfinished().values_list("pk", flat=True)})


def headers(archive: Archive) -> dict[str, str]:
    """Those of its download."""
    name = f"skincare-{archive.created_at:%Y-%m-%d}.zip"
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Type": "application/zip",
        "Cache-Control": "private, no-store",
    }


@receiver(post_delete, sender=Archive)
def delete_file_on_commit(instance: Archive, **_: Any) -> None:
    gone = Archive(pk=instance.pk)  # the instance afterwards has no key any more
    transaction.on_commit(lambda: _delete_files(gone))


def _delete_files(archive: Archive) -> None:
    default_storage.delete(archive_path(archive))
    workpieces.discard(archive)


@receiver(pre_delete, sender=LesionImage)
def take_back(instance: LesionImage, **_: Any) -> None:
    """No zip outlives a photograph that is in it, or a result of it."""
    ordered = Archive.objects.filter(owner=instance.owner_id)
    if not ordered.exists():
        return
    gone = {str(pk) for pk in instance.predictions.values_list("pk", flat=True)}
    holds_it = Q(everything=True)
    for pk in gone:
        holds_it |= Q(text__contains=pk)
    for archive in ordered.annotate(text=Cast("selection", TextField())).filter(holds_it):
        kept = [pk for pk in archive.selection if pk not in gone]
        not_begun = ordered.filter(pk=archive.pk, done=0, claimed_until=None, finished_at=None)
        if not not_begun.update(selection=kept):
            archive.delete()


def build(seconds: float) -> bool:
    """Work on the oldest that can be worked on here, for about that long; whether work is left."""
    claimed = _claimed()
    if claimed is None:
        return False
    archive, path = claimed
    try:
        _add_slice(archive, path, time.monotonic() + seconds)
        if archive.done == archive.total:
            _close(archive, path)
    except Exception:  # one archive must not keep the others from being built
        logger.exception("%s could not be built.", archive)
        archive.failed, archive.finished_at = True, timezone.now()
    if archive.finished_at:
        path.unlink(missing_ok=True)
    else:
        workpieces.put_back(archive, path)
    # Until then it is left to the workers that find the part on their disk.
    reserved = None if archive.finished_at else timezone.now() + LEASE
    Archive.objects.filter(pk=archive.pk, finished_at=None).update(
        done=archive.done,
        failed=archive.failed,
        finished_at=archive.finished_at,
        claimed_until=reserved,
    )
    if not Archive.objects.filter(pk=archive.pk).exists():  # deleted meanwhile, its file too early
        _delete_files(archive)
    return unfinished().exists()


def _claimed() -> tuple[Archive, Path] | None:
    """The oldest of which a part rests here, or that is forgotten; now ours for `LEASE`."""
    until = timezone.now() + LEASE
    for archive in unfinished()[:20]:
        path = workpieces.take(archive)
        rows = unfinished() if path else forgotten()
        if rows.filter(pk=archive.pk).order_by().update(claimed_until=until):
            return archive, path or workpieces.begin(archive)
    return None


def _add_slice(archive: Archive, path: Path, deadline: float) -> None:
    with zipfile.ZipFile(path, "a") as file:
        archive.done = int(file.comment or 0)  # the row may tell of another machine's part
        there = set(file.namelist())
        while archive.done < archive.total and time.monotonic() < deadline:
            chosen = archive.selection[archive.done : archive.done + 20]
            images = LesionImage.objects.filter(
                predictions__in=chosen, owner_id=archive.owner_id
            ).distinct()
            for image in images:
                _add(file, image, there)
            archive.done += len(chosen)
        file.comment = str(archive.done).encode()


def _add(file: zipfile.ZipFile, image: LesionImage, there: set[str]) -> None:
    name = f"photographs/{image.pk}.jpg"
    if name in there:
        return
    there.add(name)
    try:
        with default_storage.open(str(image.file.name)) as photograph:
            file.writestr(name, photograph.read())  # a JPEG is as small as it gets
    except FileNotFoundError:
        logger.error("%s: a stored file is missing.", image)


def _close(archive: Archive, path: Path) -> None:
    """The table of results and, where all was asked for, what else there is of the account."""
    chosen = history.predictions_of(archive.owner)
    if not archive.everything:
        chosen = chosen.filter(pk__in=archive.selection)
    Archive.objects.filter(pk=archive.pk).update(claimed_until=timezone.now() + CLOSING)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.comment = b""
        with file.open("results.csv", "w") as table:
            table.writelines(export.in_blocks(export.csv_lines(chosen)))
        if archive.everything:
            file.writestr("account.json", own_data.account(archive.owner))
            for name, lines in own_data.files(archive.owner).items():
                with file.open(name, "w") as part:
                    part.writelines(export.in_blocks(lines))
    name = archive_path(archive)
    default_storage.delete(name)
    with workpieces.Finished(path) as finished:
        default_storage.save(name, finished)
    archive.finished_at = timezone.now()
