"""The courier: what is due is posted, tried again, given up; to a real server."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import time
from collections import Counter

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from classifier.delivery import courier, payloads
from classifier.delivery.webhook_records import DeliveryStatus, Webhook, WebhookDelivery
from classifier.models import Status
from tests.classifier.webhook_deliveries import ARRIVED, BROKEN, deliver, due, finished, row
from tests.factories import WebhookFactory, prediction_in
from tests.receiver import Receiver, answer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media", "wake_ups", "closed_network")]


# What arrives


def test_a_result_arrives_with_all_that_is_promised(receiver: Receiver, alice: User) -> None:
    webhook = WebhookFactory(owner=alice, url=receiver.url)
    delivery = finished(
        webhook, in_distribution=-0.5, image__note="Itches.", image__original_name="secret.jpg"
    )
    assert deliver() == 1
    [got] = receiver.received
    prediction = delivery.prediction
    assert prediction is not None
    assert (got.json["id"], got.json["event"]) == (str(delivery.pk), "prediction.finished")
    assert got.headers["Skincare-Delivery"] == str(delivery.pk)
    told = got.json["prediction"]
    assert (told["id"], told["image_id"]) == (str(prediction.pk), str(prediction.image_id))
    assert (told["status"], told["label"]) == ("succeeded", "nv")
    assert told["probabilities"] == prediction.probabilities
    assert told["in_distribution"] is False
    assert told["error"] is None
    assert told["model"] == {"name": "testnet", "version": "1"}
    site = "https://lesions.example.org"
    assert told["links"] == {
        "api": f"{site}/api/v1/predictions/{prediction.pk}/",
        "page": f"{site}/predictions/{prediction.pk}/",
    }
    assert not [word for word in (b"Itches", b"secret", b".jpg", b"alice") if word in got.body]
    assert row(delivery).status == DeliveryStatus.DELIVERED
    assert row(delivery).status_code == 204


@pytest.mark.parametrize("status", [Status.REJECTED, Status.FAILED])
def test_a_refusal_arrives_with_its_reason(status: str, receiver: Receiver, alice: User) -> None:
    webhook = WebhookFactory(owner=alice, url=receiver.url)
    due(webhook, prediction_in(status, image__owner=alice))
    deliver()
    told = receiver.received[0].json["prediction"]
    assert told["status"] == status
    assert told["error"]["code"]
    assert told["label"] is told["probability"] is told["probabilities"] is None


def test_a_test_arrives_without_a_prediction(receiver: Receiver) -> None:
    due(WebhookFactory(url=receiver.url))
    deliver()
    assert set(receiver.received[0].json) == {"id", "event", "created_at"}
    assert receiver.received[0].json["event"] == "test"


def test_the_signature_is_what_is_documented(receiver: Receiver) -> None:
    """Verified by nothing of ours, on the raw body."""
    due(WebhookFactory(url=receiver.url, secret="geheim und länger"))
    deliver()
    [got] = receiver.received
    stamp, signature = got.headers["Skincare-Signature"].split(",")
    assert abs(int(stamp.removeprefix("t=")) - time.time()) < 60
    mac = hmac.new("geheim und länger".encode(), digestmod=hashlib.sha256)
    mac.update(stamp.removeprefix("t=").encode() + b"." + got.body)
    assert signature == "v1=" + mac.hexdigest()


# Again, and no more


def test_what_failed_comes_again_later_under_the_same_id(
    receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOK_RETRY_SECONDS = 100.0
    receiver.behave = answer(500)
    webhook = WebhookFactory(url=receiver.url)
    delivery = finished(webhook)
    assert (deliver(), deliver()) == (1, 0)  # not at once
    waiting = row(delivery)
    assert (waiting.status, waiting.attempts) == (DeliveryStatus.PENDING, 1)
    assert (waiting.status_code, waiting.error) == (500, "It answered 500.")
    assert 40 < (waiting.due_at - timezone.now()).total_seconds() <= 100
    WebhookDelivery.objects.update(due_at=timezone.now())
    receiver.behave = answer(200)
    assert deliver() == 1
    arrived = row(delivery)
    assert (arrived.status, arrived.attempts) == (DeliveryStatus.DELIVERED, 2)
    assert (arrived.status_code, arrived.error) == (200, "")
    first, second = receiver.received
    assert first.body == second.body
    assert Webhook.objects.get().failing_since is None


def test_each_delay_is_longer_and_left_to_chance(settings: Settings) -> None:
    settings.WEBHOOK_RETRY_SECONDS = 15.0
    for attempts, longest in enumerate([15, 60, 240, 960, 3840, 15360, 21600, 21600], 1):
        delays = [courier.delay(attempts) for _ in range(50)]
        assert longest / 2 <= min(delays) < max(delays) <= longest
        assert len(set(delays)) > 10


def test_after_the_last_attempt_it_is_given_up(receiver: Receiver, settings: Settings) -> None:
    settings.WEBHOOK_MAX_ATTEMPTS, settings.WEBHOOK_RETRY_SECONDS = 3, 0.0
    receiver.behave = answer(503)
    delivery = finished(WebhookFactory(url=receiver.url))
    assert deliver() == 3
    assert (row(delivery).status, row(delivery).attempts) == (DeliveryStatus.FAILED, 3)
    assert len(receiver.received) == 3


def test_a_test_is_tried_once(receiver: Receiver, settings: Settings) -> None:
    settings.WEBHOOK_RETRY_SECONDS = 0.0
    receiver.behave = answer(500)
    delivery = due(WebhookFactory(url=receiver.url))
    assert deliver() == 1
    assert row(delivery).status == DeliveryStatus.FAILED


def test_what_a_killed_courier_held_comes_again_when_its_lease_ends(receiver: Receiver) -> None:
    delivery = finished(WebhookFactory(url=receiver.url))
    [_held] = courier.claim(Counter())
    assert deliver() == 0
    lease = row(delivery).due_at - timezone.now()
    assert courier.LEASE - datetime.timedelta(seconds=5) < lease <= courier.LEASE
    WebhookDelivery.objects.update(due_at=timezone.now())
    assert deliver() == 1
    assert row(delivery).attempts == 2


def test_a_late_outcome_of_a_lost_attempt_changes_nothing() -> None:
    delivery = finished(WebhookFactory())
    [late] = courier.claim(Counter())
    WebhookDelivery.objects.update(due_at=timezone.now())
    [second] = courier.claim(Counter())
    courier.record(late, BROKEN)
    assert row(delivery).error == ""
    courier.record(second, ARRIVED)
    courier.record(second, BROKEN)
    assert row(delivery).status == DeliveryStatus.DELIVERED


def test_one_that_cannot_be_told_does_not_stop_the_others(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = WebhookFactory(url=receiver.url)
    bad, good = finished(webhook), finished(webhook)
    real = payloads.body

    def body(delivery: WebhookDelivery) -> bytes:
        if delivery.pk == bad.pk:
            raise ValueError
        return real(delivery)

    monkeypatch.setattr(payloads, "body", body)
    assert deliver() == 2
    assert row(bad).error == courier.CANNOT_BE_TOLD
    assert row(good).status == DeliveryStatus.DELIVERED
