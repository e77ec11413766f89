"""For somebody who waits: the place in the queue, how long it takes, whether anybody works."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable
from itertools import accumulate, chain, pairwise
from typing import Any, Final

from django.db import connection
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import ngettext

from classifier.capacity import SEEN_LATELY, Worker
from classifier.models import Prediction, Status

# By hand: Django takes ten times as long to put such a query together as a database to answer it.
_SPEED: Final = """(
    SELECT SUM(photographs_per_second) FROM classifier_worker WHERE seen_at >= %s
)"""
_PART: Final = """(
    SELECT COUNT(*) FROM classifier_prediction
    WHERE status = 'queued' AND requested_version_id IS NULL
    AND created_at >= %s AND created_at < %s
)"""


def note_places(predictions: Iterable[Prediction]) -> None:
    """Set `queue_position` and `estimated_wait_seconds` of those that are queued.

    One query if there are any, however many: each part of the queue is counted once.
    """
    queued = sorted(
        (one for one in predictions if one.status == Status.QUEUED), key=lambda one: one.created_at
    )
    if not queued:
        return
    per_second, *parts = _speed_and_parts([one.created_at for one in queued])
    for prediction, older in zip(queued, accumulate(parts), strict=True):
        prediction.queue_position = older + 1
        if per_second:
            prediction.estimated_wait_seconds = round((older + 1) / per_second, 1)


def _speed_and_parts(moments: list[datetime.datetime]) -> tuple[Any, ...]:
    """What the workers manage a second; how many in the queue are before and between those."""
    ends = [datetime.datetime.min.replace(tzinfo=datetime.UTC), *moments]
    times = [timezone.now() - SEEN_LATELY, *chain.from_iterable(pairwise(ends))]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + ", ".join([_SPEED, *[_PART] * len(moments)]),
            [connection.ops.adapt_datetimefield_value(moment) for moment in times],
        )
        row: tuple[Any, ...] = cursor.fetchone()
    return row


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
