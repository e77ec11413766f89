"""Who may read /metrics, and what a request leaves there and in the log."""

from __future__ import annotations

import logging
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from classifier.correlation import valid_or_new
from classifier.metrics import measures, tallies
from classifier.models import Prediction
from tests.classifier.conftest import browser

pytestmark = pytest.mark.django_db
TOKEN = "a token of the operator"


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.mark.parametrize("token", ["", TOKEN])
@pytest.mark.parametrize("headers", [{}, bearer("wrong"), bearer(""), {"authorization": TOKEN}])
def test_nobody_reads_it_without_the_token(
    token: str, headers: dict[str, str], client: Client, settings: Settings
) -> None:
    settings.METRICS_TOKEN = token
    answer = client.get("/metrics", headers=headers)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert b"skincare" not in answer.content


def test_prometheus_reads_it_with_the_token(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = client.get("/metrics", headers=bearer(TOKEN))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "no-store" in answer["Cache-Control"]
    assert b"skincare_queue_oldest_seconds 0.0" in answer.content


def test_users_do_not_read_it_and_reviewers_do(alice: User, staff: User) -> None:
    assert browser(alice).get("/metrics").status_code == 401
    assert browser(staff).get("/metrics").status_code == 200


def test_without_a_database_it_is_503(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    with mock.patch("skincare.metrics.exposition", side_effect=OperationalError):
        assert client.get("/metrics", headers=bearer(TOKEN)).status_code == 503


def test_a_request_is_counted_by_the_name_of_its_address(
    succeeded: Prediction, alice: User, settings: Settings
) -> None:
    settings.METRICS_TOKEN = TOKEN
    measures.taken()
    browser(alice).get(f"/predictions/{succeeded.pk}/?note=Anna")
    browser(alice).get("/Anna-Meier.jpg")
    browser(alice).generic("ANNA", "/upload/")
    tallies.add(measures.taken())
    text = Client().get("/metrics", headers=bearer(TOKEN)).content.decode()
    labels = 'method="GET",route="prediction",status="200"'
    assert f"skincare_request_seconds_count{{{labels}}} 1.0" in text
    assert 'skincare_request_seconds_count{method="GET",route="none",status="404"} 1.0' in text
    assert 'method="other"' in text
    assert "nna" not in text
    assert str(succeeded.pk)[:8] not in text


def test_a_requests_id_is_taken_over_if_it_is_one(client: Client) -> None:
    answer = client.get("/healthz", headers={"x-request-id": "proxy-0123456789"})
    assert answer["X-Request-ID"] == "proxy-0123456789"
    for bad in ("short", "with space 12345", "x" * 65, "line\nbreak-123", "Zoë-0123456789"):
        assert valid_or_new(bad) != bad
    assert len(client.get("/healthz")["X-Request-ID"]) == 32


def test_a_request_has_one_line_without_its_address(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "skincare.access"):
        client.get("/accounts/login/?next=/Anna")
        client.get("/healthz")
    [line] = [record for record in caplog.records if record.name == "skincare.access"]
    assert line.getMessage() == "GET login 200"
    assert line.__dict__["route"] == "login"
