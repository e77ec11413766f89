"""Webhooks on the account's pages."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from classifier import sentences
from classifier.delivery import webhooks
from classifier.delivery.courier import CANNOT_BE_TOLD, FAILED_FOR_LONG
from classifier.delivery.posting import NO_CONNECTION, NO_TRUST, REDIRECT, TIMED_OUT
from classifier.delivery.webhook_records import DeliveryStatus, Webhook, WebhookDelivery
from tests.factories import WebhookFactory

URL = "/account/webhooks/"
FIELDS = {"name": "clinic", "url": "https://hooks.example.org/", "secret": ""}

pytestmark = pytest.mark.django_db


def html(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.fixture
def webhook(alice: User) -> Webhook:
    return WebhookFactory(owner=alice, name="my clinic")


def page(webhook: Webhook, action: str = "") -> str:
    return f"{URL}{webhook.pk}/{action}"


def test_the_secret_is_shown_once(alice_browser: Client) -> None:
    answer = alice_browser.post(URL, FIELDS)
    assert "no-store" in answer["Cache-Control"]
    [secret] = re.findall(r'class="secret">([^<]+)<', answer.content.decode())
    webhook = Webhook.objects.get()
    assert (webhook.secret, webhook.site) == (secret, "http://testserver")
    for path in ("/account/", URL, page(webhook)):
        assert secret not in html(alice_browser, path)
    assert "clinic" in html(alice_browser, URL)
    assert URL in html(alice_browser, "/account/")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"url": "http://10.0.0.1/"}, "does not belong to the public internet"),
        ({"url": "nonsense"}, "begins with https://"),
        ({"secret": "short"}, "at least 16 characters"),
        ({"name": " "}, "required"),
    ],
)
def test_what_is_wrong_is_said(
    fields: dict[str, str], sentence: str, alice_browser: Client
) -> None:
    assert sentence in alice_browser.post(URL, FIELDS | fields).content.decode()
    assert not Webhook.objects.exists()


def test_the_limit_is_said(alice: User, alice_browser: Client) -> None:
    for _ in range(webhooks.LIMIT):
        WebhookFactory(owner=alice)
    assert "10 webhooks, which is the limit" in alice_browser.post(URL, FIELDS).content.decode()


def test_the_log_is_shown_with_errors_and_next_attempts(
    webhook: Webhook, alice_browser: Client
) -> None:
    assert "Nothing has been sent yet." in html(alice_browser, page(webhook))
    WebhookDelivery.objects.create(
        webhook=webhook, attempts=2, status_code=503, seconds=0.5, error="It answered 503."
    )
    shown = html(alice_browser, page(webhook))
    for text in ("It answered 503.", ">503<", ">0.50<", "Pending", "Test"):
        assert text in shown


def test_long_logs_come_in_pages(webhook: Webhook, alice_browser: Client) -> None:
    for _ in range(30):
        WebhookDelivery.objects.create(webhook=webhook)
    [older] = re.findall(r'href="([^"]+)" rel="next"', html(alice_browser, page(webhook)))
    assert html(alice_browser, older.replace("&amp;", "&")).count('<th scope="row"') == 5
    assert alice_browser.get(page(webhook), {"cursor": "nonsense"}).status_code == 404


def test_it_is_renamed(webhook: Webhook, alice_browser: Client) -> None:
    alice_browser.post(page(webhook), {"name": "other"})
    assert Webhook.objects.get().name == "other"


def test_it_is_switched_off_and_on(webhook: Webhook, alice_browser: Client) -> None:
    waiting = WebhookDelivery.objects.create(webhook=webhook)
    alice_browser.post(page(webhook, "switch/"), {"enabled": "false"})
    assert not Webhook.objects.get().enabled
    waiting.refresh_from_db()
    assert waiting.status == DeliveryStatus.FAILED
    assert "Send a test" not in html(alice_browser, page(webhook))
    Webhook.objects.update(switched_off_because=FAILED_FOR_LONG)
    assert FAILED_FOR_LONG in html(alice_browser, page(webhook))
    alice_browser.post(page(webhook, "switch/"), {"enabled": "true"})
    assert Webhook.objects.get().enabled
    assert FAILED_FOR_LONG not in html(alice_browser, page(webhook))


def test_a_test_is_sent_once_in_a_while(
    webhook: Webhook, alice_browser: Client, wake_ups: list[str]
) -> None:
    first = alice_browser.post(page(webhook, "test/"), follow=True).content.decode()
    assert "on its way" in first
    second = alice_browser.post(page(webhook, "test/"), follow=True).content.decode()
    assert "at most every 10 seconds" in second
    assert WebhookDelivery.objects.count() == 1
    Webhook.objects.update(enabled=False)
    off = alice_browser.post(page(webhook, "test/"), follow=True).content.decode()
    assert "switched off" in off


def test_it_is_deleted(webhook: Webhook, alice_browser: Client) -> None:
    answer = alice_browser.post(page(webhook, "delete/"), follow=True)
    assert "deleted" in answer.content.decode()
    assert not Webhook.objects.exists()


def test_the_couriers_sentences_are_known() -> None:
    """So that readers get them in their language."""
    assert {
        CANNOT_BE_TOLD, FAILED_FOR_LONG, NO_CONNECTION, NO_TRUST, REDIRECT, TIMED_OUT,
        webhooks.NEW_PASSWORD, "It answered {}.",
    } <= set(sentences.KNOWN)  # fmt: skip
    assert sentences.translated("It answered 503.") == "It answered 503."
