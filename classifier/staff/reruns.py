"""A whole history classified again by one version, in the time when nobody waits.

The row says how far it is. Each time that the queue is empty the next few photographs, in the
order of their ids, are handed to it; so leases, attempts and final states are those of any other
prediction, and an upload waits for at most one small batch.
"""

from __future__ import annotations

import logging

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from classifier import queue
from classifier.models import LesionImage, ModelVersion, Prediction, Rerun, Status

logger = logging.getLogger(__name__)

SLICE = 16
UNAVAILABLE = "The network could not be loaded."
CANCELLED = "Cancelled."


def order(*, version: ModelVersion, ordered_by: User, owner: User | None = None) -> Rerun:
    """Everybody's history, or one user's; workers begin once it is committed."""
    total = _photographs(owner_id=owner.pk if owner else None).count()
    rerun = Rerun.objects.create(version=version, owner=owner, ordered_by=ordered_by, total=total)
    transaction.on_commit(queue.wake_workers)
    return rerun


def unfinished() -> QuerySet[Rerun]:
    return Rerun.objects.filter(finished_at=None).order_by("created_at")


def cancel(reruns: QuerySet[Rerun], because: str = CANCELLED) -> int:
    """What is in the queue already is still classified. Returns how many were cancelled."""
    return reruns.filter(finished_at=None).update(
        finished_at=timezone.now(), stopped_because=because, position=None
    )


def give_up(version: ModelVersion) -> None:
    """Its network cannot be loaded: what was asked of it fails, and nothing more is asked."""
    cancel(Rerun.objects.filter(version=version), UNAVAILABLE)
    queue.refuse_in_background(version, "network_unavailable", UNAVAILABLE)


def feed() -> bool:
    """Hand the next few photographs of the oldest re-run to the queue; whether more is to do."""
    if not unfinished().exists():  # a look, without SQLite's one write lock
        return False
    with transaction.atomic():
        rerun = unfinished().select_for_update(skip_locked=True).first()
        if rerun is None or _has_work(rerun.version_id):
            return False  # another worker is at it, and feeds when it is done
        images = list(_next(rerun))
        if not images:
            rerun.finished_at, rerun.position = timezone.now(), None
        else:
            _hand_over(rerun, images)
        rerun.save(update_fields=["finished_at", "queued", "passed_over", "position"])
    return True


def _has_work(version_id: int) -> bool:
    return Prediction.objects.filter(requested_version=version_id).unfinished().exists()


def _photographs(owner_id: int | None) -> QuerySet[LesionImage]:
    images = LesionImage.objects.order_by("pk")
    return images if owner_id is None else images.filter(owner=owner_id)


def _next(rerun: Rerun) -> QuerySet[LesionImage]:
    images = _photographs(rerun.owner_id)
    if rerun.position is not None:
        images = images.filter(pk__gt=rerun.position)
    return images.only("pk", "owner_id")[:SLICE]


def _hand_over(rerun: Rerun, images: list[LesionImage]) -> None:
    known = set(
        Prediction.objects.filter(
            image__in=images, model_version=rerun.version_id, status=Status.SUCCEEDED
        ).values_list("image", flat=True)
    )
    wanted = [image for image in images if image.pk not in known]
    queued = queue.enqueue_in_background(wanted, rerun.version)
    rerun.queued += queued
    rerun.passed_over += len(images) - queued
    rerun.position = images[-1].pk
