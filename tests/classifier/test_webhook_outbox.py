"""Who is told of a finished prediction is written down with it, or neither is."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from classifier import queue
from classifier.delivery import outbox
from classifier.delivery.webhook_records import DeliveryStatus, Webhook, WebhookDelivery
from classifier.models import Prediction, Status
from classifier.outcomes import Refusal, Result
from ml.labels import LABELS
from tests.classifier.conftest import queries
from tests.factories import ModelVersionFactory, WebhookFactory, prediction_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media", "wake_ups")]

EVEN = dict.fromkeys(LABELS, 1 / 7)


def running_of(owner: User) -> Prediction:
    return prediction_in(Status.RUNNING, image__owner=owner)


def finish(*predictions: Prediction) -> int:
    results = [Result(prediction, EVEN) for prediction in predictions]
    return queue.complete(results, ModelVersionFactory())


def told() -> set[tuple[str, Any]]:
    rows = WebhookDelivery.objects.select_related("webhook")
    return {(row.webhook.name, row.prediction_id) for row in rows}


def test_each_webhook_of_the_owner_is_told(
    alice: User,
    bob: User,
    wake_ups: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    for name in ("first", "second"):
        WebhookFactory(owner=alice, name=name)
    WebhookFactory(owner=bob, name="bobs")
    hers, his = running_of(alice), running_of(bob)
    with django_capture_on_commit_callbacks(execute=True):
        finish(hers, his)
    assert told() == {("first", hers.pk), ("second", hers.pk), ("bobs", his.pk)}
    assert wake_ups == ["classifier.tasks.deliver_webhooks"]
    assert {row.status for row in WebhookDelivery.objects.all()} == {DeliveryStatus.PENDING}


def test_what_is_switched_off_or_of_a_closed_account_is_told_nothing(
    alice: User, bob: User
) -> None:
    WebhookFactory(owner=alice, enabled=False)
    WebhookFactory(owner=bob)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    finish(running_of(alice), running_of(bob))
    assert told() == set()


@pytest.mark.parametrize("status", [Status.REJECTED, Status.FAILED])
def test_refusals_are_told_too(status: Any, alice: User) -> None:
    WebhookFactory(owner=alice, name="first")
    prediction = running_of(alice)
    refusal = Refusal(prediction, status, "damaged", "It is damaged.")
    queue.complete([refusal], ModelVersionFactory())
    assert told() == {("first", prediction.pk)}


def test_what_is_given_up_after_lost_workers_is_told(alice: User, settings: Settings) -> None:
    WebhookFactory(owner=alice, name="first")
    past = timezone.now() - datetime.timedelta(seconds=1)
    lost = prediction_in(
        Status.RUNNING,
        image__owner=alice,
        attempt=settings.QUEUE_MAX_ATTEMPTS,
        claimed_until=past,
    )
    again = prediction_in(Status.RUNNING, image__owner=alice, attempt=1, claimed_until=past)
    assert queue.recover() == queue.Recovered(requeued=1, failed=1)
    assert told() == {("first", lost.pk)}
    again.refresh_from_db()
    assert again.status == Status.QUEUED


def test_a_result_that_no_longer_counts_is_not_told(alice: User) -> None:
    WebhookFactory(owner=alice)
    prediction = running_of(alice)
    assert finish(prediction) == 1
    assert finish(prediction) == 0
    assert WebhookDelivery.objects.count() == 1


def test_results_and_deliveries_are_stored_together_or_not_at_all(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    WebhookFactory(owner=alice)
    prediction = running_of(alice)

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(WebhookDelivery.objects, "bulk_create", broken)
    with pytest.raises(RuntimeError):
        finish(prediction)
    prediction.refresh_from_db()
    assert prediction.status == Status.RUNNING


def test_it_costs_one_query_a_batch_and_two_where_somebody_is_told(alice: User, bob: User) -> None:
    WebhookFactory(owner=bob)
    ModelVersionFactory()

    def cost(owner: User, size: int) -> int:
        """Of a batch, beyond its rows' own updates."""
        batch = [running_of(owner) for _ in range(size)]
        return queries(lambda: finish(*batch)) - size

    assert cost(alice, 2) == cost(alice, 12)
    assert cost(bob, 2) == cost(bob, 12) == cost(alice, 2) + 1


def test_a_broker_that_is_away_spoils_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("classifier.delivery.outbox.current_app.send_task", away)
    outbox.wake_courier()


def test_a_deleted_photograph_takes_its_deliveries_along(alice: User) -> None:
    WebhookFactory(owner=alice)
    prediction = running_of(alice)
    finish(prediction)
    prediction.image.delete()
    assert not WebhookDelivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_webhook_that_goes_at_the_same_moment_spoils_no_batch(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    WebhookFactory(owner=alice)
    prediction = running_of(alice)
    real = WebhookDelivery.objects.bulk_create

    def too_late(rows: list[WebhookDelivery]) -> Any:
        Webhook.objects.all().delete()
        return real(rows)

    monkeypatch.setattr(WebhookDelivery.objects, "bulk_create", too_late)
    assert finish(prediction) == 1
    prediction.refresh_from_db()
    assert prediction.status == Status.SUCCEEDED
    assert not WebhookDelivery.objects.due(timezone.now()).exists()
