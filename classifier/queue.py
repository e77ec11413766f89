"""The only writer of a prediction's state. The row is the job; its attempt is the claim's token.

Each change of state is a conditional UPDATE that names the state, and the attempt, it starts from.
So a late worker, a doubled message or a deleted photograph changes nothing.
"""

from __future__ import annotations

import datetime
import functools
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from classifier.correlation import about
from classifier.delivery import outbox
from classifier.metrics import finished, measures
from classifier.models import LesionImage, ModelVersion, Prediction, PredictionQuerySet, Status
from classifier.outcomes import Outcome

logger = logging.getLogger(__name__)

WORKER_LOST = "The classification was interrupted several times. Please try again later."
GIVEN_UP = "The classification was given up. Please try again."

PATIENCE = datetime.timedelta(seconds=0.1)
"""A worker that is busy leaves what is younger to one that is not."""


class UnfinishedPrediction(Exception):
    """The photograph has a prediction that is queued or running; a second one would be doubled."""


@dataclass(frozen=True)
class Recovered:
    requeued: int
    failed: int

    def __str__(self) -> str:
        return f"{self.requeued} predictions queued again, {self.failed} failed."


def wake_workers() -> None:
    """Tell the workers that something is queued; neither waits nor fails where no broker answers.

    By name, so that the web process does not import what only workers need.
    """
    try:
        current_app.send_task("classifier.tasks.classify_queued", retry=False)
    except Exception:  # of any transport
        logger.exception("The workers could not be told; the recovery task will do it.")


def enqueue(image: LesionImage) -> Prediction:
    """A new queued prediction, and a wake-up for the workers once it is committed.

    Raises `UnfinishedPrediction`; the database decides, so this holds for two calls at once. The
    caller's transaction, if there is one, then has to end, too.
    """
    try:
        with transaction.atomic(savepoint=False):
            prediction = Prediction.objects.create(image=image, owner_id=image.owner_id)
    except IntegrityError as error:
        raise UnfinishedPrediction from error
    transaction.on_commit(lambda: logger.info("Queued.", extra=about(prediction)))
    transaction.on_commit(wake_workers)
    return prediction


def enqueue_in_background(images: Sequence[LesionImage], version: ModelVersion) -> int:
    """Have photographs classified again by that version, after all that users wait for.

    Those that are being classified are left out. Returns how many were queued.
    """
    busy = Prediction.objects.filter(image__in=images).unfinished().values_list("image", flat=True)
    left_out = set(busy)
    wanted = [
        Prediction(image=image, owner_id=image.owner_id, requested_version=version)
        for image in images
        if image.pk not in left_out
    ]
    # The database decides where somebody else was quicker.
    Prediction.objects.bulk_create(wanted, ignore_conflicts=True)
    transaction.on_commit(wake_workers)
    return len(wanted)


def claim(limit: int, *, ahead: bool = False) -> list[Prediction]:
    """Up to `limit` queued predictions, oldest first, now running under a lease of ours.

    A prediction that has already cost a worker is claimed alone, and never `ahead`, while another
    one runs: a photograph that kills workers takes no others with it.
    """
    queued = Prediction.objects.queued().for_users()
    if ahead:
        queued = queued.filter(attempt=0, created_at__lt=timezone.now() - PATIENCE)
    return _claimed(queued, limit)


def claim_in_background(limit: int, version: ModelVersion) -> list[Prediction]:
    """The same for what staff asked of one version."""
    return _claimed(Prediction.objects.queued().filter(requested_version=version), limit)


def wanted_in_background() -> ModelVersion | None:
    """The version that is asked for next, for the time when nobody waits."""
    asked = Prediction.objects.queued().exclude(requested_version=None)
    first = asked.select_related("requested_version").first()
    return None if first is None else first.requested_version


def refuse_in_background(version: ModelVersion, code: str, message: str) -> int:
    """What was asked of a version that cannot answer fails; how many that were."""
    asked = Prediction.objects.filter(status=Status.QUEUED, requested_version=version)
    return _fail(asked, code, message)


def mark_failed(predictions: PredictionQuerySet) -> int:
    """Staff give up on what is queued or running; how many that were.

    A worker that still has one finds that it is no longer its own.
    """
    return _fail(predictions.unfinished(), "given_up", GIVEN_UP)


def _claimed(queued: PredictionQuerySet, limit: int) -> list[Prediction]:
    if not queued.exists():  # a look, without SQLite's one write lock
        return []
    with transaction.atomic():
        # SQLite ignores the row locks; there the transaction itself holds the only write lock.
        locked = queued.select_for_update(skip_locked=True, of=("self",))
        rows = list(locked.select_related("image")[:limit])
        fresh = [row for row in rows if not row.attempt]
        rows = rows[:1] if rows and rows[0].attempt else fresh
        now = timezone.now()
        Prediction.objects.filter(pk__in=[row.pk for row in rows]).update(
            status=Status.RUNNING,
            attempt=F("attempt") + 1,
            started_at=now,
            claimed_until=_lease_from(now),
        )
    for row in rows:
        if not row.attempt and row.requested_version_id is None:
            measures.STAGES.observe((now - row.created_at).total_seconds(), "queue")
        row.attempt += 1  # the token that finishing it will need
    return rows


def _lease_from(now: datetime.datetime) -> datetime.datetime:
    return now + datetime.timedelta(seconds=settings.QUEUE_LEASE_SECONDS)


def renew(claimed: Sequence[Prediction]) -> list[Prediction]:
    """Begin the leases of claimed predictions anew; returns those that still are ours."""
    lease = _lease_from(timezone.now())
    return [row for row in claimed if _ours(row).update(claimed_until=lease)]


def release(claimed: Sequence[Prediction]) -> None:
    """Give back what was claimed and not begun: queued again, the attempt not counted."""
    for row in claimed:
        _ours(row).update(
            status=Status.QUEUED, attempt=row.attempt - 1, claimed_until=None, started_at=None
        )


def complete(outcomes: Sequence[Outcome], model_version: ModelVersion) -> int:
    """Store what became of claimed predictions, all in one transaction.

    Returns how many still were ours: the others were given to another worker, or deleted. Done
    twice, it changes nothing.
    """
    with transaction.atomic():
        stored = [outcome for outcome in outcomes if _finish(outcome, model_version)]
        outbox.announce([outcome.prediction for outcome in stored])
    for outcome in stored:
        finished.note(outcome.prediction, *outcome.became)
    return len(stored)


def _finish(outcome: Outcome, model_version: ModelVersion) -> bool:
    stored = _ours(outcome.prediction).update(
        claimed_until=None, finished_at=timezone.now(), **outcome.columns(model_version)
    )
    if not stored:
        logger.warning("%s was no longer ours to finish.", outcome.prediction)
    return bool(stored)


def _ours(claimed: Prediction) -> PredictionQuerySet:
    """The row, as long as the claim holds."""
    return Prediction.objects.filter(pk=claimed.pk, status=Status.RUNNING, attempt=claimed.attempt)


def _fail(unfinished: PredictionQuerySet, code: str, message: str) -> int:
    """Not by way of a claim; how many that were."""
    with transaction.atomic():
        rows = list(unfinished.select_for_update())
        Prediction.objects.filter(pk__in=[row.pk for row in rows]).update(
            status=Status.FAILED,
            claimed_until=None,
            finished_at=timezone.now(),
            error_code=code,
            error_message=message,
        )
        outbox.announce(rows)
    for row in rows:
        transaction.on_commit(functools.partial(finished.note, row, Status.FAILED.value))
    return len(rows)


def recover() -> Recovered:
    """Take back what runs beyond its lease, and announce whatever is queued.

    Queued again, or failed after the last attempt. Also the safety net for lost wake-ups. Beat,
    the workers themselves, `manage.py recover` and an action of the admin call it.
    """
    now = timezone.now()
    expired = Prediction.objects.filter(status=Status.RUNNING, claimed_until__lt=now)
    failed = requeued = 0
    if expired.exists():  # a look, without SQLite's one write lock
        lost = expired.filter(attempt__gte=settings.QUEUE_MAX_ATTEMPTS)
        failed = _fail(lost, "worker_lost", WORKER_LOST)
        requeued = expired.update(status=Status.QUEUED, claimed_until=None, started_at=None)
        measures.LOST.add("queued", amount=requeued)
        measures.LOST.add("failed", amount=failed)
        logger.warning("Recovered: %s", Recovered(requeued, failed))
    if Prediction.objects.queued().exists():
        wake_workers()
    return Recovered(requeued, failed)
