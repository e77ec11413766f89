"""Health for the operator, and the pages for what no view answers."""

from __future__ import annotations

from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from classifier import history
from tests.classifier.conftest import queries


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
