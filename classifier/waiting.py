"""For somebody who waits: the place in the queue, how long it takes, whether anybody works."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable
from itertools import pairwise

from django.conf import settings
from django.db.models import Count, Value
from django.utils.formats import number_format
from django.utils.translation import ngettext

from classifier.capacity import Worker
from classifier.models import Prediction, Status

LOOK_SECONDS = 0.02, 0.25
"""A caller that waits looks at its row after a quarter of the time that it has waited, but not
more often than the first of these and no more seldom than the second."""

MAX_WAITERS = max(1, settings.WEB_THREADS * 3 // 4)
_waiters = threading.BoundedSemaphore(MAX_WAITERS)


def until_finished(*predictions: Prediction, seconds: float) -> None:
    """Return when the predictions are final (or deleted), at the latest after `seconds`.

    Returns at once when `MAX_WAITERS` threads of this process wait already: the others serve.
    """
    if not _waiters.acquire(blocking=False):
        return
    try:
        rows = Prediction.objects.filter(pk__in=[one.pk for one in predictions]).unfinished()
        begin = time.monotonic()
        while rows.exists() and (waited := time.monotonic() - begin) < seconds:
            soonest, latest = LOOK_SECONDS
            time.sleep(min(max(waited / 4, soonest), latest, seconds - waited))
    finally:
        _waiters.release()


def note_places(predictions: Iterable[Prediction]) -> None:
    """Set `queue_position` and `estimated_wait_seconds` of those that are queued.

    Two queries if there are any, however many: each part of the queue is counted once.
    """
    queued = sorted(
        (one for one in predictions if one.status == Status.QUEUED), key=lambda one: one.created_at
    )
    if not queued:
        return
    per_second = Worker.objects.photographs_per_second()
    for prediction, older in zip(queued, _older_than_each(queued), strict=True):
        prediction.queue_position = older + 1
        if per_second:
            prediction.estimated_wait_seconds = round((older + 1) / per_second, 1)


def _older_than_each(queued: list[Prediction]) -> list[int]:
    """For each, from the oldest on, how many in the queue are older."""
    waiting = Prediction.objects.filter(status=Status.QUEUED).for_users()
    oldest = queued[0].created_at
    parts = [waiting.filter(created_at__lt=oldest)] + [
        waiting.filter(created_at__gte=one.created_at, created_at__lt=next_one.created_at)
        for one, next_one in pairwise(queued)
    ]
    counted = [
        part.values("status").annotate(part=Value(i), n=Count("*")).values_list("part", "n")
        for i, part in enumerate(parts)
    ]
    counts = dict(counted[0].union(*counted[1:], all=True))
    older, total = [], 0
    for i in range(len(queued)):
        total += counts.get(i, 0)
        older.append(total)
    return older


def estimated_wait(prediction: Prediction) -> float | None:
    """Seconds until a queued prediction is classified; None where nothing was measured of late."""
    note_places([prediction])
    return prediction.estimated_wait_seconds


def in_words(seconds: float | None) -> str:
    """Rounded up, so that a second try is not too early; empty where nothing is known."""
    if seconds is None:
        return ""
    if seconds <= 90:
        n = max(1, math.ceil(seconds))
        words = ngettext("%(n)s second", "%(n)s seconds", n)
    else:
        n = math.ceil(seconds / 60)
        words = ngettext("%(n)s minute", "%(n)s minutes", n)
    return words % {"n": number_format(n, force_grouping=True)}


def nobody_works() -> bool:
    """Whether no worker was seen of late: what is queued waits until one is started."""
    return not Worker.objects.seen_lately().exists()
