"""Requests that wait for their results: one thread of the process looks for all that wait."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.db import connection

from classifier.models import Prediction

FIRST_SECONDS: Final = 0.03
"""No result is there sooner."""
LOOK_SECONDS: Final = 0.02
"""Between two looks, however many wait."""

MAX_WAITERS = max(1, settings.WEB_THREADS * 3 // 4)
_places = threading.BoundedSemaphore(MAX_WAITERS)


@dataclass(eq=False)
class _Waiter:
    unfinished: set[Any]
    """Keys, as the database has them."""
    called: threading.Event = field(default_factory=threading.Event)
    """Nothing of its own is unfinished any more, or nobody looks."""


_waiting: list[_Waiter] = []
_looking = threading.Lock()
"""Held by the thread that looks."""


def until_finished(*predictions: Prediction, seconds: float) -> None:
    """Return when the predictions are final (or deleted), at the latest after `seconds`.

    Returns at once when `MAX_WAITERS` threads of this process wait already: the others serve.
    """
    if not _places.acquire(blocking=False):
        return
    key = Prediction._meta.get_field("id")
    unfinished = [one.pk for one in predictions if not one.is_finished]
    waiter = _Waiter({key.get_db_prep_value(pk, connection) for pk in unfinished})
    _waiting.append(waiter)
    try:
        _wait(waiter, time.monotonic() + seconds)
    finally:
        _waiting.remove(waiter)
        if not _looking.locked():
            for next_one in _waiting[:1]:
                next_one.called.set()
        _places.release()


def _wait(waiter: _Waiter, end: float) -> None:
    pause = FIRST_SECONDS
    while waiter.unfinished and (left := end - time.monotonic()) > 0:
        if _looking.acquire(blocking=False):
            try:
                time.sleep(min(pause, left))
                _look()
            finally:
                _looking.release()
        else:
            waiter.called.wait(left)
            waiter.called.clear()
        pause = LOOK_SECONDS


def _look() -> None:
    """Call all whose predictions are final."""
    waiting = list(_waiting)
    wanted = set[Any]().union(*(waiter.unfinished for waiter in waiting))
    unfinished = _unfinished_of(list(wanted)) if wanted else set()
    for waiter in waiting:
        waiter.unfinished &= unfinished
        if not waiter.unfinished:
            waiter.called.set()


def _unfinished_of(keys: list[Any]) -> set[Any]:
    """By hand: Django takes longer to put such a query together than a database to answer it."""
    places = ", ".join(["%s"] * len(keys))
    sql = (
        f"SELECT id FROM classifier_prediction WHERE id IN ({places}) "  # noqa: S608  # only %s
        "AND status IN ('queued', 'running')"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, keys)
        return {key for (key,) in cursor.fetchall()}
