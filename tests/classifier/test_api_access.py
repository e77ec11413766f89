"""Who may call the API, and how errors look; `test_every_address` tries every address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from classifier import history
from classifier.models import Prediction, Status
from tests.classifier.addresses import addresses
from tests.factories import PASSWORD, prediction_in
from tests.images import upload


def assert_error(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    assert set(answer.json()) == {"error"}
    assert set(answer.json()["error"]) == {"code", "message"}
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"]


def test_the_addresses_of_the_contract_are_there() -> None:
    there = {
        (one.name.removeprefix("api:"), method)
        for one in addresses()
        if one.is_api
        for method in one.offered()
    }
    assert there >= {
        ("token", "post"), ("classes", "get"), ("schema", "get"), ("docs", "get"),
        ("prediction-list", "get"), ("prediction-list", "post"),
        ("prediction-detail", "get"), ("prediction-detail", "delete"),
        ("prediction-retry", "post"), ("prediction-image", "get"),
        ("prediction-thumbnail", "get"), ("prediction-heatmap", "get"), ("export", "get"),
        ("model-list", "get"), ("model-active", "get"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["classes", "schema", "docs"])
def test_what_is_public_needs_no_account(name: str, db: None) -> None:
    assert APIClient().get(reverse(f"api:{name}")).status_code == 200


# Tokens


@pytest.mark.parametrize("password", ["wrong", ""])
def test_no_token_without_the_password(password: str, alice: User) -> None:
    answer = APIClient().post("/api/v1/auth/token/", {"username": "alice", "password": password})
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message", "fields"}
    assert not Token.objects.exists()


def test_no_token_for_a_deactivated_account(alice: User) -> None:
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    credentials = {"username": "alice", "password": PASSWORD}
    assert APIClient().post("/api/v1/auth/token/", credentials).status_code == 400


@pytest.mark.parametrize("header", ["Token wrong", "Token", "Token a b"])
def test_a_wrong_token_opens_nothing(header: str, db: None) -> None:
    answer = APIClient().get("/api/v1/predictions/", headers={"authorization": header})
    assert_error(answer, 401, "authentication_failed")


def test_a_token_opens_the_own_history(succeeded: Prediction) -> None:
    client = APIClient()
    credentials = {"username": "alice", "password": PASSWORD}
    token = client.post("/api/v1/auth/token/", credentials, format="json").json()
    assert set(token) == {"token"}
    answer = client.get(
        "/api/v1/predictions/", headers={"authorization": f"Token {token['token']}"}
    )
    assert [result["id"] for result in answer.json()["results"]] == [str(succeeded.pk)]


# Sessions


def test_a_session_writes_nothing_without_its_csrf_token(alice: User, media: Path) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post("/api/v1/predictions/", {"image": upload()})
    assert_error(answer, 403, "permission_denied")
    assert "CSRF" in answer.json()["error"]["message"]
    assert not Prediction.objects.exists()


def test_a_session_reads_and_writes_with_its_csrf_token(alice: User, media: Path) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    client.get("/upload/")  # sets the cookie
    token = client.cookies["csrftoken"].value
    answer = client.post(
        "/api/v1/predictions/", {"image": upload()}, headers={"x-csrftoken": token}
    )
    assert answer.status_code == 202
    assert client.get(answer["Location"]).status_code == 200


# Errors that no view answers


@pytest.mark.parametrize("path", ["nonsense/", "predictions/1/", "predictions/nonsense/image/"])
def test_an_unknown_address_is_json(path: str, alice_api: APIClient) -> None:
    assert_error(alice_api.get(f"/api/v1/{path}"), 404, "not_found")
    assert_error(alice_api.get("/api/"), 404, "not_found")


def test_a_fault_of_ours_is_json_and_says_nothing_of_it(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(user: User) -> None:
        raise RuntimeError("the secret detail")

    monkeypatch.setattr(history, "predictions_of", broken)
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(alice)
    answer = client.get("/api/v1/predictions/")
    assert_error(answer, 500, "server_error")
    assert "secret" not in answer.content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {"image": [upload(b"x") for _ in range(501)]},
        {"image": upload(), "note": "n" * 3_000_000},
    ],
    ids=["too many files", "too large a field"],
)
def test_a_request_that_django_refuses_is_answered_as_json(
    data: dict[str, Any], alice: User, media: Path
) -> None:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(alice)
    assert_error(client.post("/api/v1/predictions/", data), 400, "bad_request")
    assert not Prediction.objects.exists()


def test_an_answer_that_nobody_accepts_is_406_as_json(alice: User, alice_api: APIClient) -> None:
    prediction_in(Status.QUEUED, image__owner=alice)
    answer = alice_api.get("/api/v1/models/", headers={"accept": "image/jpeg"})
    assert_error(answer, 406, "not_acceptable")
