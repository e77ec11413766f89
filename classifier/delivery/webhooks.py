"""What a user does with webhooks: register, rename, switch, test, delete."""

from __future__ import annotations

import datetime
import math
import secrets
from typing import Final

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from classifier.delivery import outbox, targets
from classifier.delivery.webhook_records import DeliveryStatus, Webhook, WebhookDelivery
from classifier.quotas import QuotaExceeded

LIMIT: Final = 10
"""Of one user."""
SHORTEST_SECRET: Final = 16
TEST_EVERY: Final = datetime.timedelta(seconds=10)
KEPT: Final = datetime.timedelta(days=30)
NEW_PASSWORD: Final = "Your password was changed. Switch it on again if it is yours."  # noqa: S105


class TooManyWebhooks(Exception):
    """The user has as many as one may have."""


class SwitchedOff(Exception):
    """Nothing is sent by a webhook that is switched off."""


def webhooks_of(user: User) -> QuerySet[Webhook]:
    return Webhook.objects.filter(owner=user).order_by("created_at", "id")


def deliveries_of(webhook: Webhook) -> QuerySet[WebhookDelivery]:
    """The log, newest first."""
    return WebhookDelivery.objects.filter(webhook=webhook).order_by("-created_at", "-id")


def check_url(url: str) -> None:
    """The forms' and the API's validator."""
    try:
        targets.check(url)
    except targets.RefusedTarget as error:
        raise ValidationError(str(error)) from error


def register(*, owner: User, name: str, url: str, secret: str, site: str) -> Webhook:
    """A new webhook; without a secret it gets one, which is in the answer and never shown again.

    `site`: scheme and host under which the service is called, for the links. Raises
    `TooManyWebhooks`.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)  # two at once cannot both be the last
        if Webhook.objects.filter(owner=owner).count() >= LIMIT:
            raise TooManyWebhooks
        return Webhook.objects.create(
            owner=owner,
            name=name,
            url=url,
            secret=secret or f"whsec_{secrets.token_urlsafe(32)}",
            site=site.rstrip("/"),
        )


def forget_old() -> None:
    """Delete deliveries, of whatever state, that are older than what is kept."""
    WebhookDelivery.objects.filter(created_at__lt=timezone.now() - KEPT).delete()


def switch_on(webhook: Webhook) -> None:
    """From now on; what finished meanwhile is not told."""
    Webhook.objects.filter(pk=webhook.pk).update(
        enabled=True, switched_off_because="", failing_since=None
    )


def switch_off(webhooks: QuerySet[Webhook], *, because: str = "") -> None:
    """What still waits to be sent is given up."""
    chosen = [webhook.pk for webhook in webhooks]
    with transaction.atomic():
        Webhook.objects.filter(pk__in=chosen, enabled=True).update(
            enabled=False, switched_off_because=because
        )
        WebhookDelivery.objects.filter(webhook__in=chosen, status=DeliveryStatus.PENDING).update(
            status=DeliveryStatus.FAILED
        )


def send_test(webhook: Webhook) -> WebhookDelivery:
    """Have a message sent that is about no prediction.

    Raises `SwitchedOff`, and `QuotaExceeded` where the last test is too young: the address may be
    somebody else's.
    """
    now = timezone.now()
    if not webhook.enabled:
        raise SwitchedOff
    rested = Q(tested_at=None) | Q(tested_at__lte=now - TEST_EVERY)
    if not Webhook.objects.filter(rested, pk=webhook.pk).update(tested_at=now):
        raise QuotaExceeded(
            "too_many_tests",
            _("A webhook is tested at most every 10 seconds."),
            retry_after=math.ceil(TEST_EVERY.total_seconds()),
        )
    delivery = WebhookDelivery.objects.create(webhook=webhook)
    transaction.on_commit(outbox.wake_courier)
    return delivery
