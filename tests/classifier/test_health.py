"""Health for the operator, and the pages for what no view answers."""

from __future__ import annotations

import datetime
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.utils import timezone
from kombu import Connection

from classifier import history
from tests.classifier.conftest import queries
from tests.factories import ModelVersionFactory, WorkerFactory


def broken(*_: object, **__: object) -> None:
    raise OperationalError("no such host db.internal")


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_does_not_answer_is_503(
    error: type[Exception], db: None, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with mock.patch.object(connection, "cursor", side_effect=error):
        answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "error", "database": "unreachable"}
    assert "The database does not answer." in caplog.messages


def test_all_is_well_without_a_login_and_for_one_query(db: None, client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok"}
    assert queries(lambda: client.get("/healthz")) == 1


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own, in memory, knows no connection to fail."""
    monkeypatch.setattr(Connection, "ensure_connection", lambda self, **_: self)


def test_ready_means_that_an_upload_would_be_classified_now(
    db: None, broker: None, client: Client
) -> None:
    parts = {"database": "ok", "broker": "ok"}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == parts | {
        "status": "error",
        "worker": "none was seen lately",
        "network": "no worker has loaded one",
    }
    worker = WorkerFactory()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["worker"]) == (503, "ok")
    worker.network = ModelVersionFactory()
    worker.save()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == parts | {"status": "ok", "worker": "ok", "network": "ok"}


def test_a_worker_that_has_fallen_silent_is_none(db: None, broker: None, client: Client) -> None:
    seen_at = timezone.now() - datetime.timedelta(seconds=31)
    WorkerFactory(seen_at=seen_at, network=ModelVersionFactory())
    answer = client.get("/readyz").json()
    assert (answer["worker"], answer["network"]) == (
        "none was seen lately",
        "no worker has loaded one",
    )


def test_an_unreachable_broker_is_not_ready_but_alive(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("redis.internal")

    monkeypatch.setattr(Connection, "ensure_connection", refuse)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (503, "unreachable")
    assert "redis.internal" not in answer.content.decode()
    assert client.get("/healthz").status_code == 200


def test_without_a_database_nothing_else_is_asked_of_it(
    db: None, broker: None, client: Client
) -> None:
    with mock.patch.object(connection, "cursor", side_effect=OperationalError):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "error", "database": "unreachable", "broker": "ok"}


@pytest.mark.parametrize("path", ["/history/", "/api/v1/predictions/"])
def test_a_fault_of_ours_is_logged_and_not_shown(
    path: str, alice: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(history, "predictions_of", broken)
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    answer = client.get(path)
    assert answer.status_code == 500
    assert "db.internal" not in answer.content.decode()
    assert f"Internal Server Error: {path}" in caplog.messages


def test_a_fault_on_a_page_is_a_page_that_needs_nothing_else(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "predictions_of", broken)
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    answer = client.get("/history/")
    assert answer["Content-Type"].startswith("text/html")
    assert "Something went wrong on our side" in answer.content.decode()
    assert "<link" not in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "kind"), [("/healthz", "text/html"), ("/api/v1/classes/", "application/json")]
)
def test_a_foreign_host_name_is_refused_in_the_addresss_own_kind(
    path: str, kind: str, client: Client, db: None
) -> None:
    answer = client.get(path, headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith(kind)


@pytest.mark.parametrize(
    ("path", "kind"), [("/nonsense", "text/html"), ("/api/nonsense", "application/json")]
)
def test_an_unknown_address_is_answered_in_its_own_kind(
    path: str, kind: str, client: Client, db: None
) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith(kind)
