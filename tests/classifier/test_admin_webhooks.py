"""What staff see of webhooks: all but the secrets."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from classifier.delivery.webhook_records import DeliveryStatus, Webhook, WebhookDelivery
from classifier.models import Prediction
from tests.classifier.conftest import queries
from tests.factories import WebhookFactory

URL = "/admin/classifier/webhook/"

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("lookup", ["secret", "secret__startswith"])
def test_secrets_cannot_be_asked_for_in_the_address(lookup: str, staff_browser: Client) -> None:
    WebhookFactory()
    assert staff_browser.get(URL, {lookup: "a"}).status_code == 400
    deliveries = "/admin/classifier/webhookdelivery/"
    assert staff_browser.get(deliveries, {f"webhook__{lookup}": "a"}).status_code == 400
    assert staff_browser.get(URL, {"enabled__exact": "1"}).status_code == 200


def test_secrets_are_not_searched(staff_browser: Client) -> None:
    WebhookFactory(secret="findmenot-findmenot")
    answer = staff_browser.get(URL, {"q": "findmenot"})
    assert list(answer.context["cl"].queryset) == []
    answer = staff_browser.get(URL, {"q": "hooks.example"})
    assert list(answer.context["cl"].queryset) == [Webhook.objects.get()]


def test_staff_switch_webhooks_off(alice: User, staff_browser: Client) -> None:
    off, stays = WebhookFactory(owner=alice), WebhookFactory(owner=alice)
    waiting = WebhookDelivery.objects.create(webhook=off)
    chosen = {"action": "switch_off", "_selected_action": str(off.pk)}
    assert staff_browser.post(URL, chosen).status_code == 302
    off.refresh_from_db()
    stays.refresh_from_db()
    waiting.refresh_from_db()
    assert (off.enabled, stays.enabled) == (False, True)
    assert "staff" in off.switched_off_because
    assert waiting.status == DeliveryStatus.FAILED


@pytest.mark.parametrize("path", [URL, "/admin/classifier/webhookdelivery/"])
def test_the_number_of_queries_of_a_list_does_not_grow(
    path: str, alice: User, bob: User, succeeded: Prediction, staff_browser: Client
) -> None:
    def visit() -> None:
        assert staff_browser.get(path).status_code == 200

    WebhookDelivery.objects.create(webhook=WebhookFactory(owner=alice), prediction=succeeded)
    visit()  # content types are looked up once
    few = queries(visit)
    for _ in range(10):
        WebhookDelivery.objects.create(webhook=WebhookFactory(owner=bob), prediction=succeeded)
    assert queries(visit) == few
