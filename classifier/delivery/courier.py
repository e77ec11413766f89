"""The courier's loop: claim what is due → post it → note what became of it.

Threads post and do not touch the database, as in `classifier.worker.engine`. No user has more
than a few places at a time, so that one slow receiver holds up no other user's.
"""

from __future__ import annotations

import datetime
import logging
import random
import threading
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from classifier.correlation import about
from classifier.delivery import payloads, posting, signatures
from classifier.delivery.posting import Answer
from classifier.delivery.webhook_records import DeliveryStatus, Webhook, WebhookDelivery
from classifier.metrics import measures

logger = logging.getLogger(__name__)

PLACES: Final = 16
PLACES_A_USER: Final = 4
LOOK_SECONDS: Final = 0.5
"""How often a courier whose receivers are slow looks for more."""
LEASE: Final = datetime.timedelta(minutes=2)
"""After this long a delivery that is being sent counts as lost, and is sent again."""
LONGEST_DELAY: Final = 6 * 3600.0
TOO_LONG: Final = datetime.timedelta(days=3)
"""A webhook that has failed for so long is switched off."""
FAILED_FOR_LONG: Final = "No delivery arrived for three days."
CANNOT_BE_TOLD: Final = "The message could not be made."

_senders = ThreadPoolExecutor(PLACES, thread_name_prefix="courier")
_never = threading.Event()


def drain(*, seconds: float, stopping: threading.Event = _never) -> int:
    """Send until nothing is due, `seconds` have passed or `stopping` is set; how many were sent."""
    sending: dict[Future[Answer], WebhookDelivery] = {}
    deadline = time.monotonic() + seconds
    sent = 0
    while True:
        if not stopping.is_set() and time.monotonic() < deadline:
            claimed = claim(Counter(one.webhook.owner_id for one in sending.values()))
            sending |= {_begin(delivery): delivery for delivery in claimed}
        if not sending:
            return sent
        done, _ = wait(sending, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
        for attempt in done:
            record(sending.pop(attempt), attempt.result())
            sent += 1


def claim(busy: Counter[int]) -> list[WebhookDelivery]:
    """What is due and has a place, beside what is being sent for these users.

    It is due again when its lease ends, so that a killed courier loses nothing.
    """
    room = PLACES - busy.total()
    full = [owner for owner, places in busy.items() if places >= PLACES_A_USER]
    now = timezone.now()
    due = WebhookDelivery.objects.due(now).exclude(webhook__owner__in=full)
    if room <= 0 or not due.exists():  # a look, without SQLite's one write lock
        return []
    with transaction.atomic():
        locked = due.select_for_update(skip_locked=True, of=("self",)).defer(
            "prediction__class_maps", "prediction__model_version__card"
        )
        related = locked.select_related("webhook", "prediction__model_version")
        rows = [row for row in related[:room] if _takes_a_place(row, busy)]
        WebhookDelivery.objects.filter(pk__in=[row.pk for row in rows]).update(
            attempts=F("attempts") + 1, due_at=now + LEASE
        )
    for row in rows:
        row.attempts += 1  # the token that recording it will need
    return rows


def _takes_a_place(delivery: WebhookDelivery, busy: Counter[int]) -> bool:
    owner = delivery.webhook.owner_id
    busy[owner] += 1
    return busy[owner] <= PLACES_A_USER


def _begin(delivery: WebhookDelivery) -> Future[Answer]:
    webhook = delivery.webhook
    try:
        body = payloads.body(delivery)
    except Exception:  # one that cannot be told must not keep the others waiting
        logger.exception("%s cannot be told.", delivery, extra=_about(delivery))
        failed: Future[Answer] = Future()
        failed.set_result(Answer(None, 0.0, CANNOT_BE_TOLD))
        return failed
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Skincare-Webhook/1",
        signatures.DELIVERY_HEADER: str(delivery.pk),
        signatures.HEADER: signatures.sign(webhook.secret, body, timestamp=int(time.time())),
    }
    return _senders.submit(posting.post, webhook.url, body, headers)


def record(delivery: WebhookDelivery, answer: Answer) -> None:
    """Delivered, due again later, or given up; and what that says of the webhook."""
    now = timezone.now()
    changes = {
        "tried_at": now,
        "status_code": answer.status_code,
        "seconds": answer.seconds,
        "error": answer.error,
    }
    last = delivery.prediction_id is None or delivery.attempts >= settings.WEBHOOK_MAX_ATTEMPTS
    if not answer.error:
        changes["status"] = DeliveryStatus.DELIVERED
    elif last:
        changes["status"] = DeliveryStatus.FAILED
    else:
        changes["due_at"] = now + datetime.timedelta(seconds=delay(delivery.attempts))
    ours = WebhookDelivery.objects.filter(
        pk=delivery.pk, status=DeliveryStatus.PENDING, attempts=delivery.attempts
    )
    with transaction.atomic():
        stored = ours.update(**changes)
        if stored:
            _judge(delivery.webhook, now, arrived=not answer.error, given_up=last)
    if stored:
        outcome = "delivered" if not answer.error else "failed" if last else "again"
        measures.DELIVERIES.add(outcome)
        measures.DELIVERY_SECONDS.observe(answer.seconds)
        logger.info("Webhook: %s.", outcome, extra=_about(delivery, answer))


def _about(delivery: WebhookDelivery, answer: Answer | None = None) -> dict[str, Any]:
    """Of the receiver nothing but its number in our records and what it answered."""
    known: dict[str, Any] = {"delivery_id": str(delivery.pk), "attempt": delivery.attempts}
    if answer:
        known |= {"status": answer.status_code, "seconds": round(answer.seconds, 3)}
    return about(delivery.prediction, **known) if delivery.prediction else known


def delay(attempts: int) -> float:
    """Seconds until the next attempt: four times as long each time, half of it by chance.

    So receivers that were away are not met by everything at once.
    """
    longest: float = min(settings.WEBHOOK_RETRY_SECONDS * 4.0 ** (attempts - 1), LONGEST_DELAY)
    return longest * random.uniform(0.5, 1)  # noqa: S311  (no secret)


def _judge(webhook: Webhook, now: datetime.datetime, *, arrived: bool, given_up: bool) -> None:
    rows = Webhook.objects.filter(pk=webhook.pk)
    if arrived:
        rows.filter(failing_since__isnull=False).update(failing_since=None)
        return
    rows.filter(failing_since=None).update(failing_since=now)
    fails_for_long = Q(enabled=True, failing_since__lt=now - TOO_LONG)
    if given_up and rows.filter(fails_for_long).update(
        enabled=False, switched_off_because=FAILED_FOR_LONG
    ):
        logger.warning("%s is switched off: it has failed for too long.", webhook)
        WebhookDelivery.objects.filter(webhook=webhook.pk, status=DeliveryStatus.PENDING).update(
            status=DeliveryStatus.FAILED
        )
