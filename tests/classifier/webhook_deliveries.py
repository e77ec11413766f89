"""Deliveries for the tests of the courier."""

from __future__ import annotations

from typing import Any

from classifier.delivery import courier
from classifier.delivery.posting import Answer
from classifier.delivery.webhook_records import Webhook, WebhookDelivery
from classifier.models import Prediction, Status
from tests.factories import prediction_in

ARRIVED, BROKEN = Answer(204, 0.1), Answer(500, 0.1, "It answered 500.")


def due(webhook: Webhook, prediction: Prediction | None = None) -> WebhookDelivery:
    return WebhookDelivery.objects.create(webhook=webhook, prediction=prediction)


def finished(webhook: Webhook, **fields: Any) -> WebhookDelivery:
    prediction = prediction_in(Status.SUCCEEDED, image__owner=webhook.owner, **fields)
    return due(webhook, prediction)


def deliver() -> int:
    return courier.drain(seconds=30)


def row(delivery: WebhookDelivery) -> WebhookDelivery:
    return WebhookDelivery.objects.get(pk=delivery.pk)
