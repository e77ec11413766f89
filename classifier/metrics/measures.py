"""What the service counts and times: every measure by name, and what this process has added to it.

Adding costs microseconds and no database. `classifier.metrics.reporter` carries the sums of every
process into the database, from where any web process shows those of all.
"""

from __future__ import annotations

import bisect
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

SUM: Final = "sum"
"""Beside the upper bounds: the key under which what was observed is added up."""
ENDLESS: Final = "+Inf"
SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_sums: dict[str, float] = defaultdict(float)
_lock = threading.Lock()


def _add(key: tuple[str, ...], amount: float) -> None:
    with _lock:
        _sums[json.dumps(key)] += amount


@dataclass(frozen=True)
class Counter:
    """Never falls. `name` is without Prometheus' own `_total`."""

    name: str
    words: str
    labels: tuple[str, ...] = ()
    known: tuple[tuple[str, ...], ...] = ()
    """What its labels are certain to be: shown as 0 before they first occur."""

    def add(self, *labels: str, amount: float = 1.0) -> None:
        _add((self.name, *labels), amount)


@dataclass(frozen=True)
class Histogram:
    """How often something was at most as large as each bound."""

    name: str
    words: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = SECONDS
    known: tuple[tuple[str, ...], ...] = ()

    def observe(self, value: float, *labels: str) -> None:
        place = bisect.bisect_left(self.bounds, value)
        bound = str(self.bounds[place]) if place < len(self.bounds) else ENDLESS
        _add((self.name, *labels, bound), 1.0)
        _add((self.name, *labels, SUM), value)

    @contextmanager
    def timed(self, *labels: str) -> Iterator[None]:
        """Also what ends with an exception took its time."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.observe(time.perf_counter() - begin, *labels)


Measure = Counter | Histogram

REQUESTS = Histogram(
    "skincare_request_seconds",
    "Until the answer began, by the address's name (never the address itself).",
    ("route", "method", "status"),
)
UPLOADS = Counter("skincare_uploads", "Photographs taken in.", known=((),))
REFUSALS = Counter(
    "skincare_refusals",
    "Photographs that were not taken in: the user's limit, or what is wrong with the file.",
    ("reason",),
    tuple((code,) for code in ("too_many_unfinished", "too_many_uploads", "too_many_stored")),
)
RESULTS = Counter(
    "skincare_results",
    "Final predictions; refused: unlike a lesion. The class is that of succeeded ones.",
    ("outcome", "label"),
    tuple((outcome, "") for outcome in ("refused", "rejected", "failed")),
)
LOST = Counter(
    "skincare_lost_claims",
    "Predictions whose worker was lost: queued again, or failed after the last attempt.",
    ("then",),
    (("queued",), ("failed",)),
)
STAGES = Histogram(
    "skincare_stage_seconds",
    "queue: until claimed; decode: a photograph; network: a call; store: a batch; "
    "total: from upload to result. Queue and total are of what users wait for.",
    ("stage",),
    known=tuple((stage,) for stage in ("queue", "decode", "network", "store", "total")),
)
BATCHES = Histogram(
    "skincare_batch_photographs", "In one batch.", bounds=(1, 2, 4, 8, 16, 32, 64), known=((),)
)
DELIVERIES = Counter(
    "skincare_webhook_attempts",
    "Messages to receivers; again: a further attempt follows.",
    ("outcome",),
    (("delivered",), ("again",), ("failed",)),
)
DELIVERY_SECONDS = Histogram("skincare_webhook_seconds", "Of one attempt.", known=((),))
FAILED_LOGINS = Counter("skincare_failed_logins", "Wrong name or password.", known=((),))

ALL: Final[tuple[Measure, ...]] = (
    REQUESTS, UPLOADS, REFUSALS, RESULTS, LOST, STAGES, BATCHES, DELIVERIES, DELIVERY_SECONDS,
    FAILED_LOGINS,
)  # fmt: skip


def taken() -> dict[str, float]:
    """What was added since the last call, by key; the caller keeps it or gives it back."""
    with _lock:
        sums = dict(_sums)
        _sums.clear()
    return sums


def give_back(sums: Mapping[str, float]) -> None:
    with _lock:
        for key, amount in sums.items():
            _sums[key] += amount
