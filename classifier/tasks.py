"""Celery tasks. Their messages hold no state: each says "look at the database"."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_process_init

from classifier import engine, files, queue
from classifier.models import Prediction

DRAIN_SECONDS = 30.0
"""After this long under load a worker goes on with a new message, so that recovery gets a turn."""


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
