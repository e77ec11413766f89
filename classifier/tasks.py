"""Celery tasks. Their messages hold no state: each says "look at the database"."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_process_init

from classifier import archives, engine, files, queue
from classifier.models import Prediction

DRAIN_SECONDS = 30.0
"""After this long under load a worker goes on with a new message, so that recovery gets a turn."""

ARCHIVE_SECONDS = 1.0
"""So long a prediction may wait for a slice of an archive."""


@worker_process_init.connect
def load_network(**_: Any) -> None:
    """Load and warm up before the first message, in the process that predicts."""
    engine.model_version()


@shared_task(soft_time_limit=120, time_limit=150)
def classify_queued() -> None:
    engine.drain(seconds=DRAIN_SECONDS)
    if Prediction.objects.queued().exists():
        queue.wake_workers()


@shared_task(soft_time_limit=60, time_limit=90)
def recover() -> None:
    """Also the safety net for lost wake-ups: whatever is queued is announced again."""
    queue.recover()
    if Prediction.objects.queued().exists():
        queue.wake_workers()


@shared_task(soft_time_limit=600, time_limit=660)
def sweep_orphans() -> None:
    files.sweep_orphans()


@shared_task(soft_time_limit=60, time_limit=90)
def build_archives() -> None:
    """A slice of one archive; predictions get their turn before the next."""
    if archives.build(seconds=ARCHIVE_SECONDS):
        archives.wake_builders()


@shared_task(soft_time_limit=60, time_limit=90)
def tend_archives() -> None:
    """Also the safety net for lost wake-ups."""
    archives.delete_old()
    if archives.unfinished().exists():
        archives.wake_builders()
