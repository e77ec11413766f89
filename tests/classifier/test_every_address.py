"""Every address and every method: as nobody, as another user, as staff.

A new address with an object needs an entry in `objects`: without one the tests fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from classifier import heatmap
from classifier.accounts import sessions, tokens
from classifier.delivery.webhook_records import Webhook
from classifier.downloads import archives
from classifier.models import AuditEntry, Diagnosis, ModelVersion, Prediction, Session
from classifier.records import Lesion
from tests.classifier.addresses import METHODS, Address, addresses
from tests.classifier.conftest import api_client, browser
from tests.classifier.headers import assert_safe

ALL = addresses()
PUBLIC = {
    "api:token", "api:classes", "api:schema", "api:docs",
    "home", "about", "privacy", "signup", "login", "logout", "password_reset",
    "password_reset_done", "password_reset_confirm", "password_reset_complete", "set_language",
    "healthz", "readyz", "metrics",
}  # fmt: skip
# Of the networks, which all users may look at.
FOR_ALL_USERS = {"model"}
FOR_STAFF = {
    "api:prediction-image", "api:prediction-thumbnail", "api:prediction-heatmap",
    "api:diagnosis-detail",
}  # fmt: skip
PRIVATE = [one for one in ALL if one.name not in PUBLIC]
OF_AN_OBJECT = [one for one in PRIVATE if one.is_of_an_object and one.name not in FOR_ALL_USERS]
API = [one for one in PRIVATE if one.is_api]


@pytest.fixture
def objects(succeeded: Prediction, alice: User, wake_ups: list[str]) -> dict[str, object]:
    """One of each kind, Alice's, by the part of an address that names the kind."""
    maps = heatmap.pack(np.random.default_rng(0).normal(0, 3, (7, 7, 7)))
    Prediction.objects.update(class_maps=maps)
    lesion = Lesion.objects.create(owner=alice, name="left heel")
    succeeded.image.lesion = lesion
    succeeded.image.save()
    archive = archives.order(alice, [str(succeeded.pk)], everything=True)
    archives.build(seconds=10)
    token, _key = tokens.make(alice, "bench")
    webhook = Webhook.objects.create(owner=alice, name="archive", url="https://example.org/")
    diagnosis = Diagnosis.objects.create(image=succeeded.image, label="nv", method="histo")
    [session] = sessions.open_sessions(alice, browser(alice).session)
    return {
        "predictions": succeeded.pk,
        "images": succeeded.image_id,
        "review": succeeded.image_id,
        "lesions": lesion.pk,
        "archives": archive.pk,
        "tokens": token.pk,
        "diagnoses": diagnosis.pk,
        "webhooks": webhook.pk,
        "sessions": session.handle,
        "models": ModelVersion.objects.get().pk,
        "reset": "nonsense",
    }


@pytest.fixture
def unchanged(objects: dict[str, object]) -> Iterator[None]:
    """Whatever is tried, all rows stay as they are."""
    before = rows()
    yield
    assert rows() == before


def rows() -> dict[str, list[dict[str, Any]]]:
    """All but the audit log's and the sessions': that somebody looked is noted."""
    models = {*apps.get_app_config("classifier").get_models()} - {AuditEntry, Session}
    return {model.__name__: [*model.objects.order_by("pk").values()] for model in models}  # type: ignore[attr-defined]


def error(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/json"
    assert set(answer.json()) == {"error"}
    assert set(answer.json()["error"]) == {"code", "message"}
    assert answer.json()["error"]["message"]
    return answer.status_code, answer.json()["error"]["code"]


def test_the_lists_name_addresses_that_there_are() -> None:
    assert {one.name for one in ALL} >= PUBLIC | FOR_ALL_USERS | FOR_STAFF
    assert len(OF_AN_OBJECT) > 20


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("address", PRIVATE, ids=str)
def test_nobody_gets_anything(address: Address, objects: dict[str, object]) -> None:
    path = address.path(objects)
    for method in METHODS:
        answer = getattr(APIClient(), method)(path)
        if not address.is_api:
            assert answer.status_code == 302, method
            assert answer["Location"].startswith("/accounts/login/")
            continue
        assert answer.status_code == 401, method
        assert answer["WWW-Authenticate"] == "Token"
        if method != "head":
            assert error(answer) == (401, "not_authenticated")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("address", OF_AN_OBJECT, ids=str)
def test_other_peoples_objects_do_not_exist(
    address: Address, objects: dict[str, object], bob: User
) -> None:
    path = address.path(objects)
    refused = {method: getattr(_client(address, bob), method)(path) for method in METHODS}
    missing = {method for method, answer in refused.items() if answer.status_code == 404}
    assert missing
    assert {answer.status_code for answer in refused.values()} <= {404, 405}
    if address.is_api:
        assert missing == address.offered()
        for method in missing - {"head"}:
            assert error(refused[method]) == (404, "not_found")
    # What is not offered is not offered to the owner either.
    owner = User.objects.get(username="alice")
    for method in METHODS:
        if method not in missing:
            assert getattr(_client(address, owner), method)(path).status_code == 405


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("address", [one for one in OF_AN_OBJECT if one.is_api], ids=str)
def test_staff_see_photographs_and_diagnoses_of_others_and_nothing_else(
    address: Address, objects: dict[str, object], staff: User
) -> None:
    for method in address.offered() - {"head"}:
        if address.name not in FOR_STAFF:
            answer = getattr(_client(address, staff), method)(address.path(objects))
            assert error(answer) == (404, "not_found")
        elif method == "get":
            answer = _client(address, staff).get(address.path(objects))
            assert answer.status_code == 200
            assert answer.getvalue()


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("address", API, ids=str)
def test_a_method_that_is_not_offered_is_405(
    address: Address, objects: dict[str, object], alice_api: APIClient
) -> None:
    for method in {*METHODS} - address.offered():
        answer = getattr(alice_api, method)(address.path(objects))
        assert answer.status_code == 405, method
        if method != "head":
            assert error(answer) == (405, "method_not_allowed")


@pytest.mark.parametrize("address", ALL, ids=str)
def test_every_answer_keeps_a_browser_from_harm(
    address: Address, objects: dict[str, object], alice: User, bob: User, staff: User
) -> None:
    path = address.path(objects)
    # The owner last, who may delete what is asked for.
    for client in (Client(), *(_client(address, user) for user in (bob, staff, alice))):
        for method in METHODS:
            answer = getattr(client, method)(path)
            assert_safe(answer)
            for close in answer._resource_closers:  # not `close()`, which ends the connection, too
                close()


def _client(address: Address, user: User) -> Client:
    return api_client(user) if address.is_api else browser(user)
