"""Couriers are fair to users, patient with receivers, and neither for ever."""

from __future__ import annotations

import datetime
import logging
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from classifier.delivery import courier, webhooks
from classifier.delivery.webhook_records import DeliveryStatus, Webhook, WebhookDelivery
from tests.classifier.webhook_deliveries import ARRIVED, BROKEN, deliver, due, finished, row
from tests.factories import WebhookFactory
from tests.receiver import Receiver, answer, receiving

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media", "wake_ups", "closed_network")]


def test_a_slow_receiver_holds_up_no_other_user(alice: User, bob: User, receiver: Receiver) -> None:
    """Alice's is stuck until Bob's have all arrived."""
    bobs = threading.Semaphore(0)

    def arrived(handler: BaseHTTPRequestHandler) -> None:
        bobs.release()
        answer(204)(handler)

    def stuck(handler: BaseHTTPRequestHandler) -> None:
        assert bobs.acquire(timeout=8)
        answer(204)(handler)

    receiver.behave = arrived
    with receiving() as slow:
        slow.behave = stuck
        alices = WebhookFactory(owner=alice, url=slow.url)
        for _ in range(courier.PLACES + 4):
            due(alices)
        for _ in range(courier.PLACES + 4):
            due(WebhookFactory(owner=bob, url=receiver.url))
        assert deliver() == 2 * (courier.PLACES + 4)
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"delivered"}


def test_a_user_has_few_places_at_a_time(alice: User, bob: User) -> None:
    for owner in (alice, bob):
        webhook = WebhookFactory(owner=owner)
        for _ in range(20):
            due(webhook)
    busy: Counter[int] = Counter()
    first = courier.claim(busy)
    assert Counter(row.webhook.owner for row in first) == {alice: courier.PLACES_A_USER}
    busy = Counter(row.webhook.owner_id for row in first)
    second = courier.claim(busy)
    assert Counter(row.webhook.owner for row in second) == {bob: courier.PLACES_A_USER}
    assert courier.claim(Counter({alice.pk: 4, bob.pk: 4})) == []


@pytest.mark.django_db(transaction=True)
def test_couriers_that_race_never_claim_the_same() -> None:
    webhooks = [WebhookFactory() for _ in range(10)]
    for webhook in webhooks:
        for _ in range(3):
            due(webhook)
    claimed: list[Any] = []
    start = threading.Barrier(4)

    def race() -> None:
        start.wait()
        while rows := courier.claim(Counter()):
            claimed.extend(row.pk for row in rows)
        connection.close()

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 30


def test_a_courier_that_is_told_to_stop_claims_nothing_more(receiver: Receiver) -> None:
    due(WebhookFactory(url=receiver.url))
    stopping = threading.Event()
    stopping.set()
    assert courier.drain(seconds=30, stopping=stopping) == 0
    assert receiver.received == []


def test_nothing_is_sent_for_a_webhook_that_is_off(receiver: Receiver) -> None:
    due(WebhookFactory(url=receiver.url, enabled=False))
    assert deliver() == 0


def failing(days: float, **fields: Any) -> Webhook:
    since = timezone.now() - datetime.timedelta(days=days)
    return WebhookFactory(failing_since=since, **fields)


@pytest.mark.parametrize(("days", "stays_on"), [(2.9, True), (3.1, False)])
def test_a_webhook_that_fails_for_days_is_switched_off(
    days: float, stays_on: bool, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    webhook = failing(days)
    last, waiting = finished(webhook), finished(webhook)
    WebhookDelivery.objects.filter(pk=last.pk).update(attempts=settings.WEBHOOK_MAX_ATTEMPTS - 1)
    claimed = {row.pk: row for row in courier.claim(Counter())}
    with caplog.at_level(logging.WARNING):
        courier.record(claimed[waiting.pk], BROKEN)  # not the last attempt: nothing happens yet
        assert Webhook.objects.get().enabled
        courier.record(claimed[last.pk], BROKEN)
    webhook.refresh_from_db()
    assert webhook.enabled is stays_on
    assert webhook.switched_off_because == ("" if stays_on else courier.FAILED_FOR_LONG)
    assert row(waiting).status == (DeliveryStatus.PENDING if stays_on else DeliveryStatus.FAILED)
    assert "hooks.example.org" not in caplog.text  # an address may hold a key


def test_one_that_arrives_ends_the_failing() -> None:
    finished(failing(2.9))
    [claimed] = courier.claim(Counter())
    courier.record(claimed, ARRIVED)
    assert Webhook.objects.get().failing_since is None


def test_the_log_holds_thirty_days() -> None:
    webhook = WebhookFactory()
    old, young = due(webhook), due(webhook)
    WebhookDelivery.objects.filter(pk=old.pk).update(
        created_at=timezone.now() - datetime.timedelta(days=31)
    )
    webhooks.forget_old()
    assert list(WebhookDelivery.objects.all()) == [young]
