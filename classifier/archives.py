"""Zips of photographs and results, for a download.

The worker builds one in slices of some seconds, so that predictions never wait for it. The row
says how far it is; the file beside it can be begun anew at any time.
"""

from __future__ import annotations

import datetime
import logging
import time
import zipfile
from pathlib import Path
from typing import Any, Final

from celery import current_app
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver
from django.utils import timezone

from classifier import export, history, own_data
from classifier.models import LesionImage
from classifier.records import Archive, archive_path

logger = logging.getLogger(__name__)

LIFETIME: Final = datetime.timedelta(days=1)
LEASE: Final = datetime.timedelta(minutes=2)
"""After this long a slice that has not ended counts as lost."""


def wake_builders() -> None:
    current_app.send_task("classifier.tasks.build_archives", retry=False)


def order(owner: User, selection: list[str], *, everything: bool = False) -> Archive:
    """A new archive of these predictions, which a worker begins once it is committed."""
    archive = Archive.objects.create(owner=owner, selection=selection, everything=everything)
    transaction.on_commit(wake_builders, robust=True)
    return archive


def unfinished() -> QuerySet[Archive]:
    return Archive.objects.filter(finished_at=None).order_by("created_at")


def delete_old() -> None:
    Archive.objects.filter(created_at__lt=timezone.now() - LIFETIME).delete()


def path_of(archive: Archive) -> Path:
    return Path(settings.MEDIA_ROOT) / archive_path(archive)


@receiver(post_delete, sender=Archive)
def delete_file_on_commit(instance: Archive, **_: Any) -> None:
    path = path_of(instance)  # which afterwards has no key any more
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


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
    """Work on the oldest unfinished archive for about that long; whether work may be left."""
    archive = _claimed()
    if archive is None:
        return False
    try:
        _add_slice(archive, time.monotonic() + seconds)
        if archive.done == archive.total:
            _close(archive)
    except Exception:  # one archive must not keep the others from being built
        logger.exception("%s could not be built.", archive)
        archive.failed, archive.finished_at = True, timezone.now()
    archive.claimed_until = None
    Archive.objects.filter(pk=archive.pk).update(
        done=archive.done,
        failed=archive.failed,
        finished_at=archive.finished_at,
        claimed_until=None,
    )
    if not Archive.objects.filter(pk=archive.pk).exists():  # deleted meanwhile, its file too early
        path_of(archive).unlink(missing_ok=True)
    return unfinished().exists()


def _claimed() -> Archive | None:
    """The oldest that nobody works on, now ours for `LEASE`."""
    now = timezone.now()
    free = unfinished().filter(Q(claimed_until=None) | Q(claimed_until__lt=now))
    for archive in free[:5]:
        ours = free.filter(pk=archive.pk).order_by().update(claimed_until=now + LEASE)
        if ours:
            return archive
    return None


def _add_slice(archive: Archive, deadline: float) -> None:
    with _opened(archive) as file:
        there = set(file.namelist())
        while archive.done < archive.total and time.monotonic() < deadline:
            chosen = archive.selection[archive.done : archive.done + 20]
            images = LesionImage.objects.filter(
                predictions__in=chosen, owner_id=archive.owner_id
            ).distinct()
            for image in images:
                _add(file, image, there)
            archive.done += len(chosen)


def _opened(archive: Archive) -> zipfile.ZipFile:
    path = path_of(archive)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if archive.done and zipfile.is_zipfile(path):
        return zipfile.ZipFile(path, "a")
    archive.done = 0  # also after a slice that was cut off
    return zipfile.ZipFile(path, "w")


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


def _close(archive: Archive) -> None:
    """The table of results and, where all was asked for, what else there is of the account."""
    chosen = history.predictions_of(archive.owner)
    if not archive.everything:
        chosen = chosen.filter(pk__in=archive.selection)
    with zipfile.ZipFile(path_of(archive), "a", zipfile.ZIP_DEFLATED) as file:
        with file.open("results.csv", "w") as table:
            table.writelines(export.in_blocks(export.csv_lines(chosen)))
        if archive.everything:
            file.writestr("account.json", own_data.account(archive.owner))
            for name, lines in own_data.files(archive.owner).items():
                with file.open(name, "w") as part:
                    part.writelines(export.in_blocks(lines))
    archive.finished_at = timezone.now()
