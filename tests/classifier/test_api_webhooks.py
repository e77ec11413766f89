"""Webhooks in the API."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from classifier.accounts import tokens
from classifier.delivery import webhooks
from classifier.delivery.webhook_records import DeliveryStatus, Webhook, WebhookDelivery
from classifier.models import Prediction
from tests.classifier.conftest import queries
from tests.factories import WebhookFactory

URL = "/api/v1/webhooks/"
FIELDS = {"name": "clinic", "url": "https://hooks.example.org/in?key=1"}

pytestmark = pytest.mark.django_db


def made(client: APIClient, **fields: str) -> Any:
    answer = client.post(URL, {**FIELDS, **fields}, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def at(webhook: Webhook, action: str = "") -> str:
    return f"{URL}{webhook.pk}/{action}"


@pytest.fixture
def webhook(alice: User) -> Webhook:
    return WebhookFactory(owner=alice)


def test_the_secret_is_in_the_first_answer_and_in_no_later_one(alice_api: APIClient) -> None:
    answer = alice_api.post(URL, FIELDS, format="json")
    assert answer["Cache-Control"] == "no-store"
    told = answer.json()
    secret = told.pop("secret")
    assert secret.startswith("whsec_")
    assert len(secret) > 40
    assert made(alice_api)["secret"] != secret
    detail = f"{URL}{told['id']}/"
    for later in (alice_api.get(URL), alice_api.get(detail), alice_api.patch(detail, {})):
        assert secret not in later.content.decode()
    assert alice_api.get(detail).json() == told
    row = Webhook.objects.get(pk=told["id"])
    assert (row.owner.username, row.secret, row.site) == ("alice", secret, "http://testserver")


def test_a_secret_of_ones_own_is_kept(alice_api: APIClient) -> None:
    assert made(alice_api, secret="long enough as it is")["secret"] == "long enough as it is"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "n" * 101), ("secret", "short"), ("secret", ""),
        ("url", ""), ("url", "http://127.0.0.1/"), ("url", "http://169.254.169.254/latest"),
        ("url", "ftp://example.org/"), ("url", "https://user:pass@example.org/"),
        ("url", "https://example.org:25/"), ("url", "https://example.org/" + "a" * 500),
    ],
)  # fmt: skip
def test_a_bad_field_is_named(field: str, value: str, alice_api: APIClient) -> None:
    answer = alice_api.post(URL, {**FIELDS, field: value}, format="json")
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {field}
    assert not Webhook.objects.exists()


def test_each_user_has_so_many_and_no_more(alice_api: APIClient, bob_api: APIClient) -> None:
    for _ in range(webhooks.LIMIT):
        made(alice_api)
    answer = alice_api.post(URL, FIELDS, format="json")
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "too_many_webhooks"
    made(bob_api)


def test_the_list_is_ones_own_at_one_cost(alice: User, alice_api: APIClient, bob: User) -> None:
    WebhookFactory(owner=bob)
    first = WebhookFactory(owner=alice)
    few = queries(lambda: alice_api.get(URL))
    rest = [WebhookFactory(owner=alice) for _ in range(5)]
    ids = [row["id"] for row in alice_api.get(URL).json()]
    assert ids == [str(row.pk) for row in (first, *rest)]
    assert queries(lambda: alice_api.get(URL)) == few


def test_it_is_renamed_and_nothing_else_is_changed(webhook: Webhook, alice_api: APIClient) -> None:
    changes = {"name": "other", "url": "https://evil.example/", "secret": "x" * 20, "id": "1"}
    assert alice_api.patch(at(webhook), changes, format="json").json()["name"] == "other"
    row = Webhook.objects.get()
    assert (row.name, row.url, row.secret) == ("other", webhook.url, webhook.secret)
    assert row.pk == webhook.pk


def test_switched_off_it_gives_up_what_waits_and_on_again_it_begins_anew(
    webhook: Webhook, alice_api: APIClient
) -> None:
    Webhook.objects.update(failing_since=timezone.now())
    waiting = WebhookDelivery.objects.create(webhook=webhook)
    answer = alice_api.patch(at(webhook), {"enabled": False}, format="json").json()
    assert (answer["enabled"], answer["switched_off_because"]) == (False, "")
    waiting.refresh_from_db()
    assert waiting.status == DeliveryStatus.FAILED
    Webhook.objects.update(switched_off_because="No delivery arrived for three days.")
    answer = alice_api.patch(at(webhook), {"enabled": True}, format="json").json()
    assert answer["enabled"]
    assert (answer["switched_off_because"], answer["failing_since"]) == ("", None)


def test_it_is_deleted_with_its_log(
    webhook: Webhook, alice_api: APIClient, succeeded: Prediction
) -> None:
    WebhookDelivery.objects.create(webhook=webhook, prediction=succeeded)
    assert alice_api.delete(at(webhook)).status_code == 204
    assert not Webhook.objects.exists()
    assert not WebhookDelivery.objects.exists()
    assert Prediction.objects.get() == succeeded


def test_a_test_is_sent_and_not_too_often(
    webhook: Webhook,
    alice_api: APIClient,
    wake_ups: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = alice_api.post(at(webhook, "test/"))
    assert answer.status_code == 202
    assert (answer.json()["event"], answer.json()["status"]) == ("test", "pending")
    assert wake_ups == ["classifier.tasks.deliver_webhooks"]
    refused = alice_api.post(at(webhook, "test/"))
    assert refused.status_code == 429
    assert refused["Retry-After"] == "10"
    assert refused.json()["error"]["code"] == "too_many_tests"
    Webhook.objects.update(tested_at=timezone.now() - webhooks.TEST_EVERY)
    assert alice_api.post(at(webhook, "test/")).status_code == 202


def test_what_is_off_is_not_tested(webhook: Webhook, alice_api: APIClient) -> None:
    Webhook.objects.update(enabled=False)
    answer = alice_api.post(at(webhook, "test/"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "switched_off")
    assert not WebhookDelivery.objects.exists()


def test_the_log_says_how_it_went(
    webhook: Webhook, alice_api: APIClient, succeeded: Prediction
) -> None:
    WebhookDelivery.objects.create(
        webhook=webhook,
        prediction=succeeded,
        status=DeliveryStatus.FAILED,
        attempts=8,
        tried_at=timezone.now(),
        status_code=500,
        seconds=0.25,
        error="It answered 500.",
    )
    waiting = WebhookDelivery.objects.create(webhook=webhook)
    newest, oldest = alice_api.get(at(webhook, "deliveries/")).json()["results"]
    assert newest["next_attempt_at"] == waiting.due_at.isoformat().replace("+00:00", "Z")
    assert (newest["event"], newest["prediction"]) == ("test", None)
    assert (oldest["event"], oldest["prediction"]) == ("prediction.finished", str(succeeded.pk))
    assert (oldest["attempts"], oldest["status_code"], oldest["seconds"]) == (8, 500, 0.25)
    assert (oldest["error"], oldest["next_attempt_at"]) == ("It answered 500.", None)


def test_the_log_comes_in_pages_at_one_cost(webhook: Webhook, alice_api: APIClient) -> None:
    path = at(webhook, "deliveries/")
    WebhookDelivery.objects.create(webhook=webhook)
    few = queries(lambda: alice_api.get(path))
    for _ in range(30):
        WebhookDelivery.objects.create(webhook=webhook)
    page = alice_api.get(path).json()
    assert queries(lambda: alice_api.get(path)) == few
    assert len(page["results"]) == 25
    assert len(alice_api.get(page["next"]).json()["results"]) == 6


@pytest.mark.parametrize("action", ["", "test/", "deliveries/"])
def test_other_peoples_webhooks_do_not_exist(
    action: str, webhook: Webhook, bob_api: APIClient
) -> None:
    for method in ("get", "patch", "delete") if not action else ("get", "post"):
        answer = getattr(bob_api, method)(at(webhook, action))
        assert answer.status_code in (404, 405)
    assert bob_api.get(f"{URL}{uuid.uuid4()}/").status_code == 404
    assert Webhook.objects.get().enabled


def test_a_new_password_switches_them_off(webhook: Webhook, alice: User, bob: User) -> None:
    theirs = WebhookFactory(owner=bob)
    tokens.revoke_all(alice)
    webhook.refresh_from_db()
    assert (webhook.enabled, webhook.switched_off_because) == (False, webhooks.NEW_PASSWORD)
    theirs.refresh_from_db()
    assert theirs.enabled
