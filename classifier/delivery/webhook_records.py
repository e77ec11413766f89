"""The records of webhooks: where a user's results go, and what became of each delivery.

A delivery's way, which only `classifier.delivery.courier` and `classifier.delivery.webhooks` write:

    pending → delivered   the receiver answered 2xx
       ↑  ├→ failed       it never did, or the webhook was switched off
       └──┘
      not yet: due again later
"""

from __future__ import annotations

import datetime
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Webhook(models.Model):
    """An address of a user's own to which finished predictions are posted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks"
    )
    name = models.CharField(max_length=100)
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=200, help_text="Signs what is sent; never shown again.")
    site = models.CharField(
        max_length=300, help_text="Where the links lead: as the service was called when it began."
    )
    enabled = models.BooleanField(default=True)
    switched_off_because = models.CharField(
        max_length=200, blank=True, help_text="Empty where its owner did it."
    )
    failing_since = models.DateTimeField(
        null=True, blank=True, help_text="Empty once a delivery arrives."
    )
    tested_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Webhook {str(self.pk)[:8]}"


class DeliveryStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def due(self, now: datetime.datetime) -> WebhookDeliveryQuerySet:
        """In the order in which they will be sent."""
        due = self.filter(status=DeliveryStatus.PENDING, due_at__lte=now, webhook__enabled=True)
        return due.order_by("due_at", "id")


class WebhookDelivery(models.Model):
    """One thing to tell one receiver; the row is the job. What is told is in the prediction."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Without a constraint: a webhook that is deleted while a batch of results is being stored must
    # not undo the batch. What then stays behind is never sent and goes with the old ones.
    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False
    )
    prediction = models.ForeignKey(
        "classifier.Prediction",
        on_delete=models.CASCADE,
        null=True,
        related_name="webhook_deliveries",
        help_text="Empty in a test.",
    )
    status = models.CharField(max_length=10, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(
        default=timezone.now, help_text="While it is being sent: when it counts as lost."
    )
    created_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True, help_text="The last attempt, like what follows.")
    status_code = models.PositiveSmallIntegerField(null=True)
    seconds = models.FloatField(null=True)
    error = models.CharField(max_length=200, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(status="pending"), name="webhooks_due"
            ),
            models.Index(
                F("webhook"), F("created_at").desc(), F("id").desc(), name="log_of_webhook"
            ),
            models.Index(fields=["created_at"], name="deliveries_by_age"),
        ]

    def __str__(self) -> str:
        return f"Delivery {str(self.pk)[:8]}"

    @property
    def event(self) -> str:
        return "prediction.finished" if self.prediction_id else "test"
