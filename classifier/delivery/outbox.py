"""Who wants to hear of a finished prediction: written down with it, or not at all."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from celery import current_app
from django.db import transaction

from classifier.delivery.webhook_records import Webhook, WebhookDelivery
from classifier.models import Prediction

logger = logging.getLogger(__name__)


def announce(finished: Sequence[Prediction]) -> None:
    """To be called in the transaction in which these predictions reach their final state.

    One query however many they are, and two where somebody wants to hear of them.
    """
    if not finished:
        return
    webhooks: dict[int, list[UUID]] = defaultdict(list)
    owners = {prediction.owner_id for prediction in finished}
    found = Webhook.objects.filter(owner__in=owners, enabled=True, owner__is_active=True)
    for owner, webhook in found.values_list("owner_id", "pk"):
        webhooks[owner].append(webhook)
    deliveries = [
        WebhookDelivery(webhook_id=webhook, prediction=prediction)
        for prediction in finished
        for webhook in webhooks[prediction.owner_id]
    ]
    if deliveries:
        WebhookDelivery.objects.bulk_create(deliveries)
        transaction.on_commit(wake_courier)


def wake_courier() -> None:
    """Tell it that something is due; neither waits nor fails where no broker answers."""
    try:
        current_app.send_task("classifier.tasks.deliver_webhooks", retry=False)
    except Exception:  # of any transport
        logger.exception("The courier could not be told; beat will do it.")
