"""The only writer of a prediction's state. The row is the job; its attempt is the claim's token.

Each change of state is a conditional UPDATE that names the state, and the attempt, it starts from.
So a late worker, a doubled message or a deleted photograph changes nothing.
"""

from __future__ import annotations

import datetime
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from classifier.models import LesionImage, ModelVersion, Prediction, Status
from ml.posterior import UNIFORM

logger = logging.getLogger(__name__)


LOOK_SECONDS = 0.05
"""How often a caller that waits looks at its row; what a result takes at least is longer."""

MAX_WAITERS = 4
_waiters = threading.BoundedSemaphore(MAX_WAITERS)


class UnfinishedPrediction(Exception):
    """The photograph has a prediction that is queued or running; a second one would be doubled."""


@dataclass(frozen=True)
class Result:
    """What the network says of one claimed prediction."""

    prediction: Prediction
    probabilities: dict[str, float]
    prior: str = UNIFORM
    in_distribution: float | None = None
    class_maps: bytes | None = None
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Recovered:
    requeued: int
    failed: int


def wake_workers() -> None:
    """Tell the workers that something is queued; does not wait for a broker that is away.

    By name, so that the web process does not import what only workers need.
    """
    current_app.send_task("classifier.tasks.classify_queued", retry=False)


def enqueue(image: LesionImage) -> Prediction:
    """A new queued prediction, and a wake-up for the workers once it is committed.

    Raises `UnfinishedPrediction`; the database decides, so this holds for two calls at once.
    """
    try:
        with transaction.atomic():
            prediction = Prediction.objects.create(image=image, owner_id=image.owner_id)
    except IntegrityError as error:
        raise UnfinishedPrediction from error
    # robust: an unreachable broker is logged, and the recovery task finds the row without it.
    transaction.on_commit(wake_workers, robust=True)
    return prediction


def wait_until_finished(prediction: Prediction, *, seconds: float) -> None:
    """Return when the prediction is final (or deleted), at the latest after `seconds`.

    Returns at once when `MAX_WAITERS` threads of this process wait already: the others serve.
    """
    if not _waiters.acquire(blocking=False):
        return
    try:
        row = Prediction.objects.filter(pk=prediction.pk).unfinished()
        deadline = time.monotonic() + seconds
        while row.exists() and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
    finally:
        _waiters.release()


def claim(limit: int) -> list[Prediction]:
    """Up to `limit` queued predictions, oldest first, now running under a lease of ours.

    A prediction that has already cost a worker is claimed alone, so that a photograph that kills
    workers takes no others with it.
    """
    with transaction.atomic():
        # SQLite ignores the row locks; there the transaction itself holds the only write lock.
        queued = Prediction.objects.queued().select_for_update(skip_locked=True, of=("self",))
        rows = list(queued.select_related("image")[:limit])
        fresh = [row for row in rows if not row.attempt]
        rows = rows[:1] if rows and rows[0].attempt else fresh
        now = timezone.now()
        lease = now + datetime.timedelta(seconds=settings.QUEUE_LEASE_SECONDS)
        Prediction.objects.filter(pk__in=[row.pk for row in rows]).update(
            status=Status.RUNNING, attempt=F("attempt") + 1, started_at=now, claimed_until=lease
        )
    for row in rows:
        row.attempt += 1  # the token that finishing it will need
    return rows


def complete(results: Sequence[Result], model_version: ModelVersion) -> int:
    """Store results, all in one transaction; returns how many still were ours to store."""
    with transaction.atomic():
        return sum(_succeed(result, model_version) for result in results)


def _succeed(result: Result, model_version: ModelVersion) -> bool:
    label = max(result.probabilities, key=lambda name: result.probabilities[name])
    return _finish(
        result.prediction,
        status=Status.SUCCEEDED,
        model_version=model_version,
        label=label,
        probability=result.probabilities[label],
        probabilities=result.probabilities,
        prior=result.prior,
        in_distribution=result.in_distribution,
        class_maps=result.class_maps,
        warnings=result.warnings,
    )


def reject(prediction: Prediction, code: str, message: str) -> bool:
    """The photograph cannot be classified: the user's to mend, `message` says how."""
    return _finish(prediction, status=Status.REJECTED, error_code=code, error_message=message)


def fail(prediction: Prediction, code: str, message: str) -> bool:
    """Our fault. The caller logs the detail; `message` is safe to show."""
    return _finish(prediction, status=Status.FAILED, error_code=code, error_message=message)


def _finish(prediction: Prediction, **changes: Any) -> bool:
    ours = Prediction.objects.filter(
        pk=prediction.pk, status=Status.RUNNING, attempt=prediction.attempt
    )
    stored = ours.update(claimed_until=None, finished_at=timezone.now(), **changes)
    if not stored:
        logger.warning("%s was no longer ours to finish.", prediction)
    return bool(stored)


def recover() -> Recovered:
    """Take back what runs beyond its lease: queued again, or failed after the last attempt."""
    now = timezone.now()
    expired = Prediction.objects.filter(status=Status.RUNNING, claimed_until__lt=now)
    failed = expired.filter(attempt__gte=settings.QUEUE_MAX_ATTEMPTS).update(
        status=Status.FAILED,
        claimed_until=None,
        finished_at=now,
        error_code="worker_lost",
        error_message="The classification was interrupted several times. Please try again later.",
    )
    requeued = expired.update(status=Status.QUEUED, claimed_until=None, started_at=None)
    if failed or requeued:
        logger.warning("Recovered predictions: %d queued again, %d failed.", requeued, failed)
    return Recovered(requeued, failed)
