"""The service in figures, for a span of days: what came in, what became of it, how long it took."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from django.db.models import Count, Min, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from classifier.models import LesionImage, Prediction, Status
from ml.labels import LABELS
from ml.posterior import HAM10000, parse_prior

NEWEST: Final = 1000
"""So many of the newest results say how long things take."""
WEEK: Final = 7

REFUSED = "refused"
"""Succeeded, but unlike the training photographs: no percentages were shown."""
OUTCOMES = (Status.SUCCEEDED.value, REFUSED, Status.REJECTED.value, Status.FAILED.value)


@dataclass
class Day:
    """What was uploaded, and what became of the predictions that were asked for, on one day."""

    date: datetime.date
    uploads: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    """Of the succeeded and recognised."""


def days(n: int) -> list[Day]:
    """The last `n` days up to today, oldest first; two queries."""
    today = timezone.localdate()
    found = {
        date: Day(date)
        for date in (today - datetime.timedelta(days=back) for back in range(n - 1, -1, -1))
    }
    since = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    since -= datetime.timedelta(days=n - 1)
    uploads = _by_day(LesionImage.objects.filter(created_at__gte=since))
    for row in uploads.annotate(n=Count("*")):
        if row["day"] in found:
            found[row["day"]].uploads = row["n"]
    results = _by_day(Prediction.objects.filter(created_at__gte=since), "status", "label")
    refused = Count("pk", filter=Q(in_distribution__lt=0))
    for row in results.annotate(n=Count("*"), refused=refused):
        if row["day"] in found:
            _add(found[row["day"]], row)
    return list(found.values())


def _by_day(rows: Any, *fields: str) -> Any:
    return rows.order_by().annotate(day=TruncDate("created_at")).values("day", *fields)


def _add(day: Day, row: dict[str, Any]) -> None:
    day.outcomes[row["status"]] += row["n"] - row["refused"]
    day.outcomes[REFUSED] += row["refused"]
    if row["label"]:
        day.labels[row["label"]] += row["n"] - row["refused"]


@dataclass(frozen=True)
class Mix:
    """How often each class was predicted from one day on, as shares in `LABELS`' order."""

    begin: datetime.date
    n: int
    shares: list[float]


def weekly_mixes(found: Sequence[Day]) -> list[Mix]:
    """Of each whole week back from the last day, oldest first; those without results left out."""
    mixes = []
    for end in range(len(found), WEEK - 1, -WEEK):
        mix = _mix(found[end - WEEK : end])
        if mix.n:
            mixes.append(mix)
    return mixes[::-1]


def _mix(found: Sequence[Day]) -> Mix:
    total: Counter[str] = sum((day.labels for day in found), Counter())
    n = sum(total.values())
    return Mix(found[0].date, n, [total[label] / max(1, n) for label in LABELS])


def training_mix() -> list[float]:
    """The shares of the classes among the photographs of HAM10000."""
    return [float(share) for share in parse_prior(HAM10000)]


def drift(found: Sequence[Day]) -> float | None:
    """Of 1, how many results would have to be of another class to give the training's mix.

    The total variation distance; None where there are no results.
    """
    mix = _mix(found)
    if not mix.n:
        return None
    return float(np.abs(np.subtract(mix.shares, training_mix())).sum() / 2)


@dataclass(frozen=True)
class Waiting:
    """The queue as it is now."""

    queued: int
    running: int
    oldest: datetime.datetime | None

    @property
    def age_seconds(self) -> float:
        """How long the oldest has waited."""
        return (timezone.now() - self.oldest).total_seconds() if self.oldest else 0.0


def waiting() -> Waiting:
    unfinished = Prediction.objects.order_by().unfinished()
    counts = unfinished.aggregate(
        queued=Count("pk", filter=Q(status=Status.QUEUED)),
        running=Count("pk", filter=Q(status=Status.RUNNING)),
        oldest=Min("created_at", filter=Q(status=Status.QUEUED)),
    )
    return Waiting(**counts)


@dataclass(frozen=True)
class Times:
    """Seconds of the newest results that users waited for: the middle one, and one in twenty."""

    n: int
    queue: tuple[float, float]
    network: tuple[float, float]


def times() -> Times | None:
    """None where there are no results yet."""
    newest = Prediction.objects.for_users().filter(status=Status.SUCCEEDED)
    moments = newest.order_by("-created_at", "-id").values_list(
        "created_at", "started_at", "finished_at"
    )[:NEWEST]
    known = [(c, s, f) for c, s, f in moments if s is not None and f is not None]
    if not known:
        return None
    return Times(
        len(known),
        _middle_and_slowest((s - c).total_seconds() for c, s, _ in known),
        _middle_and_slowest((f - s).total_seconds() for _, s, f in known),
    )


def _middle_and_slowest(seconds: Iterable[float]) -> tuple[float, float]:
    middle, slowest = np.percentile(list(seconds), [50, 95])
    return float(middle), float(slowest)
