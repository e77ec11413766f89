"""The headers that keep a browser from doing harm, on every kind of answer.

`test_every_address.py` walks the addresses.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from tests.classifier.headers import assert_safe


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_the_admin(model: Any, staff_browser: Client) -> None:
    for page in ("", "add/", "1/change/", "nonsense/change/"):
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{page}"
        assert_safe(staff_browser.get(address))


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/jsi18n/"])
def test_the_admins_own_pages(path: str, staff_browser: Client) -> None:
    assert_safe(Client().get(path))
    assert_safe(staff_browser.get(path))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/nowhere/", "/api/v1/nowhere/", "/static/nowhere.js"])
def test_what_is_not_there(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 404
    assert_safe(answer)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/upload/", "/api/v1/predictions/", "/healthz"])
def test_a_foreign_host(path: str) -> None:
    answer = Client().get(path, headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert_safe(answer)


@pytest.mark.parametrize("path", ["/history/", "/api/v1/predictions/"])
def test_our_fault(path: str, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("classifier.history.predictions_of", broken)
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    answer = client.get(path)
    assert answer.status_code == 500
    assert b"a secret" not in answer.content
    assert_safe(answer)


def test_a_forged_form(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post("/upload/")
    assert answer.status_code == 403
    assert_safe(answer)


@pytest.mark.parametrize("name", ["skincare.css", "skincare.js", "favicon.svg"])
@pytest.mark.django_db
def test_static_files_may_be_kept_and_are_no_pages(
    name: str, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("content", encoding="utf-8")
    settings.STATIC_ROOT = tmp_path
    answer = Client().get(f"/static/{name}")
    answer.close()
    assert answer.status_code == 200
    assert_safe(answer, may_be_kept=True)


@pytest.mark.django_db
def test_behind_tls_browsers_are_told_to_stay_there(settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 3600
    answer = Client().get("/accounts/login/", secure=True)
    assert answer["Strict-Transport-Security"].startswith("max-age=3600")
    assert "Strict-Transport-Security" not in Client().get("/accounts/login/")


def test_the_redirect_to_tls(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/history/")
    assert answer.status_code == 301
    assert_safe(answer)


def test_cookies_are_for_our_own_pages_alone(alice: User) -> None:
    alice.set_password("s3cret-of-alice")
    alice.save()
    credentials = {"username": "alice", "password": "s3cret-of-alice"}
    cookies = Client().post("/accounts/login/", credentials).cookies
    assert {*cookies} == {"sessionid", "csrftoken"}
    assert cookies["sessionid"]["httponly"]
    assert {cookie["samesite"] for cookie in cookies.values()} == {"Lax"}
