"""Every address of the API, read from the URLconf: who may call it, and how errors look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.urls import URLPattern, reverse
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from classifier import heatmap, history
from classifier.api import urls
from classifier.models import Prediction, Status
from tests.factories import PASSWORD, prediction_in
from tests.images import upload

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
PUBLIC = {"token", "classes", "schema", "docs"}


def patterns() -> dict[str, URLPattern]:
    return {str(pattern.name): pattern for pattern in urls.urlpatterns}


def offered() -> Iterator[tuple[str, str]]:
    """(name, method) of everything that a view answers."""
    for name, pattern in patterns().items():
        view: Any = pattern.callback
        actions = getattr(view, "actions", None) or {
            method: None for method in METHODS if hasattr(view.cls, method)
        }
        yield from ((name, method) for method in actions)


def address(name: str, prediction: Prediction) -> str:
    of_an_object = patterns()[name].pattern.converters
    return reverse(f"api:{name}", args=[prediction.pk] if of_an_object else [])


PRIVATE = sorted(patterns().keys() - PUBLIC)
OF_AN_OBJECT = sorted(
    (name, method) for name, method in offered() if patterns()[name].pattern.converters
)


def assert_error(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    assert set(answer.json()) == {"error"}
    assert set(answer.json()["error"]) == {"code", "message"}
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"]


def test_the_addresses_of_the_contract_are_there() -> None:
    assert {
        ("token", "post"), ("classes", "get"), ("schema", "get"), ("docs", "get"),
        ("prediction-list", "get"), ("prediction-list", "post"),
        ("prediction-detail", "get"), ("prediction-detail", "delete"),
        ("prediction-retry", "post"), ("prediction-image", "get"),
        ("prediction-thumbnail", "get"), ("prediction-heatmap", "get"),
        ("model-list", "get"), ("model-active", "get"),
    } <= set(offered())  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", PRIVATE)
def test_nobody_gets_anything(name: str, method: str, succeeded: Prediction) -> None:
    answer = getattr(APIClient(), method)(address(name, succeeded))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    if method != "head":
        assert_error(answer, 401, "not_authenticated")


@pytest.mark.parametrize(("name", "method"), OF_AN_OBJECT)
def test_other_peoples_objects_do_not_exist(
    name: str, method: str, any_prediction: Prediction, bob_api: APIClient
) -> None:
    answer = getattr(bob_api, method)(address(name, any_prediction))
    assert_error(answer, 404, "not_found")
    assert Prediction.objects.get() == any_prediction


@pytest.mark.parametrize(("name", "method"), OF_AN_OBJECT)
def test_staff_see_photographs_of_others_and_nothing_else(
    name: str, method: str, succeeded: Prediction, staff: User
) -> None:
    Prediction.objects.update(
        class_maps=heatmap.pack(np.random.default_rng(0).normal(0, 3, (7, 7, 7)))
    )
    client = APIClient()
    client.force_authenticate(staff)
    answer = getattr(client, method)(address(name, succeeded))
    if name in ("prediction-image", "prediction-thumbnail", "prediction-heatmap"):
        assert answer.status_code == 200
        assert answer.getvalue()
    else:
        assert_error(answer, 404, "not_found")
        assert Prediction.objects.get() == succeeded


@pytest.mark.parametrize("name", ["classes", "schema", "docs"])
def test_what_is_public_needs_no_account(name: str, db: None) -> None:
    assert APIClient().get(reverse(f"api:{name}")).status_code == 200


@pytest.mark.parametrize("name", PRIVATE)
def test_a_method_that_is_not_offered_is_405(
    name: str, succeeded: Prediction, alice_api: APIClient
) -> None:
    missing = {"post", "put", "patch", "delete"} - {
        method for route, method in offered() if route == name
    }
    for method in missing:
        answer = getattr(alice_api, method)(address(name, succeeded))
        assert_error(answer, 405, "method_not_allowed")


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
