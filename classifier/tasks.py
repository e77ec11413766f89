"""Celery tasks. Their messages hold no state: each says "look at the database"."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from celery import current_app, shared_task
from celery.signals import beat_init, worker_process_init, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.utils import timezone

from classifier import files, idempotency, queue
from classifier.accounts import lockout, sessions
from classifier.correlation import request_id
from classifier.delivery import outbox, webhooks
from classifier.delivery.webhook_records import WebhookDelivery
from classifier.downloads import archives
from classifier.metrics import reporter
from classifier.models import Prediction
from classifier.privacy import leaving, retention
from classifier.staff import reruns
from classifier.worker import engine, shadow
from classifier.worker.heartbeat import Heartbeat
from classifier.worker.loaded import networks

logger = logging.getLogger(__name__)

DRAIN_SECONDS = 30.0
"""After this long under load a worker goes on with a new message: other tasks get a turn."""

ARCHIVE_SECONDS = 1.0
"""So long a prediction may wait for a slice of an archive."""

PURGE_SECONDS = 1.0
"""So long one may wait for the deletion of what is over its time."""

SHADOW_SECONDS = 1.0
"""After this long other tasks get a turn; uploads end it at once."""

heartbeat = Heartbeat()
stopping = threading.Event()


@worker_process_init.connect
def begin(**_: Any) -> None:
    """Load and warm up before the first message, in the process that predicts."""
    if current_app.conf.task_default_queue not in current_app.amqp.queues.consume_from:
        reporter.start("courier")  # it has a queue of its own and no network
        return
    reporter.start("worker")
    heartbeat.start()
    heartbeat.network = networks.active().version


@beat_init.connect
def begin_beat(**_: Any) -> None:
    reporter.start("beat")


@worker_shutting_down.connect
def finish_the_batch(**_: Any) -> None:
    """SIGTERM: the batch in work is finished, nothing more is claimed."""
    stopping.set()


@worker_shutdown.connect
def sign_off(**_: Any) -> None:
    if heartbeat.is_alive():
        heartbeat.stop()


@shared_task(soft_time_limit=120, time_limit=150)
def classify_queued() -> None:
    if request_id.get():  # else it is our own, sent to go on
        logger.info("Woken.")
    if heartbeat.network is None:  # it could not be loaded at the start
        heartbeat.network = networks.active().version
    engine.drain(seconds=DRAIN_SECONDS, stopping=stopping)
    if Prediction.objects.queued().exists() or _something_for_later():
        queue.wake_workers()


def _something_for_later() -> bool:
    """Nobody waits: a re-run gets its next few, else the shadow; whether more is left."""
    return not stopping.is_set() and (reruns.feed() or shadow.compare(seconds=SHADOW_SECONDS))


@shared_task(soft_time_limit=60, time_limit=90)
def recover() -> None:
    queue.recover()
    if reruns.unfinished().exists():
        queue.wake_workers()


@shared_task(soft_time_limit=600, time_limit=660)
def sweep_orphans() -> None:
    """A sixteenth of the files each time: predictions wait for it."""
    turn = int(time.time() // settings.SWEEP_SECONDS)
    files.sweep_orphans(files.HEX[turn % len(files.HEX)])
    idempotency.delete_old()
    sessions.forget_expired()
    lockout.forget_old()
    leaving.forget_old_mail()
    leaving.empty_the_write_ahead_log()


@shared_task(soft_time_limit=60, time_limit=90)
def purge_expired() -> None:
    """Some photographs that are over their time; predictions get their turn before the next."""
    if retention.purge(seconds=PURGE_SECONDS):
        current_app.send_task("classifier.tasks.purge_expired", retry=False)


@shared_task(soft_time_limit=60, time_limit=90)
def build_archives() -> None:
    """A slice of one archive; predictions get their turn before the next."""
    if archives.build(seconds=ARCHIVE_SECONDS):
        archives.wake_builders()
    elif archives.unfinished().exists():  # on another machine, which this message did not meet
        archives.wake_builders(delay=1.0)


@shared_task(soft_time_limit=60, time_limit=90)
def tend_archives() -> None:
    """Also the safety net for lost wake-ups."""
    archives.tidy()
    if archives.forgotten().exists():
        archives.wake_builders()


@shared_task(soft_time_limit=120, time_limit=150)
def deliver_webhooks() -> None:
    """In the courier's process. Beat sends it, too: for lost wake-ups and for further attempts."""
    from classifier.delivery import courier  # and httpx, which the other processes do without

    courier.drain(seconds=DRAIN_SECONDS, stopping=stopping)
    if WebhookDelivery.objects.due(timezone.now()).exists():
        outbox.wake_courier()


@shared_task(soft_time_limit=600, time_limit=660)
def forget_deliveries() -> None:
    webhooks.forget_old()
