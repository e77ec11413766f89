"""Who fails too often waits: at both ways in, and wherever the password is asked again."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core import mail
from django.db.models import F
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from classifier.accounts import lockout
from tests.classifier.conftest import api_client
from tests.classifier.test_accounts import logged_in
from tests.factories import PASSWORD

LIMIT = django_settings.AXES_FAILURE_LIMIT
NEW_PASSWORD = "battery staple horse"


def by_page(password: str, name: str = "alice", **extra: Any) -> Any:
    return Client().post("/accounts/login/", {"username": name, "password": password}, **extra)


def by_api(password: str, name: str = "alice", **extra: Any) -> Any:
    credentials = {"username": name, "password": password}
    return APIClient().post("/api/v1/auth/token/", credentials, format="json", **extra)


def by_admin(password: str, name: str = "alice", **extra: Any) -> Any:
    """Its address leads to the login page, which takes the rest."""
    entrance = Client().get("/admin/", follow=True).redirect_chain[-1][0]
    return Client().post(entrance, {"username": name, "password": password}, **extra)


WAYS = [by_page, by_api, by_admin]
opened = {by_page: 302, by_api: 200, by_admin: 302}
refused = {by_page: 200, by_api: 400, by_admin: 200}
Way = Callable[..., Any]


def fail(way: Way, times: int, **extra: Any) -> Any:
    for _number in range(times):
        answer = way("wrong", **extra)
    return answer


def pass_time(**time: float) -> None:
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - datetime.timedelta(**time))


@pytest.mark.parametrize("way", WAYS)
def test_one_failure_less_than_the_limit_locks_nobody(way: Way, alice: User) -> None:
    assert fail(way, LIMIT - 1).status_code == refused[way]
    assert way(PASSWORD).status_code == opened[way]


@pytest.mark.parametrize("way", WAYS)
def test_at_the_limit_the_right_password_is_refused_too_and_told_when(
    way: Way, alice: User
) -> None:
    for answer in (fail(way, LIMIT), way(PASSWORD), way("wrong")):
        assert answer.status_code == 429
        assert 840 < int(answer["Retry-After"]) <= 900
        assert "no-store" in answer["Cache-Control"]
        assert "Too many failed attempts. Try again in 15 minutes." in answer.content.decode()
    # No further try prolongs it.
    pass_time(minutes=13, seconds=50)
    assert 10 <= int(way(PASSWORD)["Retry-After"]) <= 70
    pass_time(minutes=1, seconds=11)
    assert way(PASSWORD).status_code == opened[way]


def test_the_apis_refusal_has_the_apis_shape(alice: User) -> None:
    answer = fail(by_api, LIMIT)
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == {
        "error": {
            "code": "too_many_failures",
            "message": "Too many failed attempts. Try again in 15 minutes.",
        }
    }


def test_the_page_is_one_of_ours_and_keeps_its_policy(alice: User) -> None:
    answer = fail(by_page, LIMIT)
    assert "<h1>Too many failed attempts</h1>" in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("first", [by_page, by_api])
@pytest.mark.parametrize("second", [by_page, by_api])
def test_one_count_holds_for_all_ways(first: Way, second: Way, alice: User) -> None:
    fail(first, LIMIT)
    assert second(PASSWORD).status_code == 429


@pytest.mark.parametrize("way", WAYS)
def test_another_name_and_another_address_are_not_locked(way: Way, alice: User, bob: User) -> None:
    fail(way, LIMIT)
    assert way(PASSWORD, "bob").status_code == opened[way]
    assert way(PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == opened[way]
    assert way(PASSWORD).status_code == 429


@pytest.mark.parametrize("way", [by_page, by_api])
def test_another_browser_does_not_help(way: Way, alice: User) -> None:
    for number in range(LIMIT):
        answer = way("wrong", HTTP_USER_AGENT=f"browser {number}")
    assert answer.status_code == 429
    # The first of these failures is forgotten first: then one more try is free.
    ages = AccessAttempt.objects.order_by("user_agent")
    ages.filter(user_agent="browser 0").update(attempt_time=F("attempt_time") - MINUTES_10)
    assert 240 < int(way(PASSWORD)["Retry-After"]) <= 300


MINUTES_10 = datetime.timedelta(minutes=10)


@pytest.mark.parametrize("way", [by_page, by_api])
def test_an_invented_header_makes_no_other_address(way: Way, alice: User) -> None:
    for number in range(LIMIT):
        answer = way("wrong", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    assert answer.status_code == 429


@pytest.mark.parametrize("way", [by_page, by_api])
def test_behind_a_proxy_clients_are_told_apart(way: Way, alice: User, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    for number in range(LIMIT):
        answer = way("wrong", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, 203.0.113.9")
    assert answer.status_code == 429
    assert way(PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.10").status_code == opened[way]


@pytest.mark.parametrize("way", [by_page, by_api])
def test_a_name_that_nobody_has_is_locked_in_the_same_way(way: Way, db: None) -> None:
    assert fail(way, LIMIT, name="nobody").status_code == 429


@pytest.mark.parametrize("way", [by_page, by_api])
@pytest.mark.parametrize("name", ["x" * 10_000, "null\0byte", "ä" * 300])
def test_a_name_that_no_table_holds_is_refused(way: Way, name: str, db: None) -> None:
    assert way("wrong", name).status_code == refused[way]


@pytest.mark.parametrize("way", [by_page, by_api])
def test_a_success_begins_the_count_anew(way: Way, alice: User) -> None:
    fail(way, LIMIT - 1)
    way(PASSWORD)
    assert fail(way, LIMIT - 1).status_code == refused[way]


@pytest.mark.parametrize("way", WAYS)
def test_of_many_guesses_at_once_no_more_count_than_of_as_many_in_turn(
    way: Way, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right one is still being looked at while others meet the limit."""
    check = User.check_password

    def slow(user: User, password: str) -> bool:
        if password == PASSWORD:
            monkeypatch.undo()
            fail(way, LIMIT)
        return check(user, password)

    monkeypatch.setattr(User, "check_password", slow)
    assert way(PASSWORD).status_code == 429


# Where the password is asked again


def leaves(client: Any) -> Any:
    return client.post("/account/delete/", {"password": "wrong"})


def changes_password(client: Any) -> Any:
    fields = {"old_password": "wrong", "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    return client.post("/accounts/password/", fields)


def changes_password_in_the_admin(client: Any) -> Any:
    page = client.get("/admin/password_change/", follow=True).redirect_chain[-1][0]
    fields = {"old_password": "wrong", "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    return client.post(page, fields)


@pytest.mark.parametrize("ask", [leaves, changes_password, changes_password_in_the_admin])
def test_a_password_that_is_asked_again_is_not_guessed(
    ask: Callable[[Any], Any], staff: User, staff_browser: Client
) -> None:
    for _number in range(LIMIT - 1):
        assert ask(staff_browser).status_code == 200
    answer = ask(staff_browser)
    assert answer.status_code == 429
    assert "Try again in 15 minutes." in answer.content.decode()
    # Nor does the right one pass now; the session itself goes on.
    assert staff_browser.post("/account/delete/", {"password": PASSWORD}).status_code == 429
    assert User.objects.filter(pk=staff.pk).exists()
    assert staff_browser.get("/history/").status_code == 200
    assert by_api(PASSWORD, "staff").status_code == 429


def test_leaving_by_the_api_is_no_way_to_guess_either(alice: User) -> None:
    client = api_client(alice)
    url = "/api/v1/account/delete/"
    for _number in range(LIMIT - 1):
        answer = client.post(url, {"password": "wrong"}, format="json")
        assert answer.status_code == 400
    for password in ("wrong", PASSWORD):
        answer = client.post(url, {"password": password}, format="json")
        assert answer.status_code == 429
        assert answer.json()["error"]["code"] == "too_many_failures"
        assert 840 < int(answer["Retry-After"]) <= 900
    assert User.objects.filter(pk=alice.pk).exists()


# Ways out, and what is kept


def test_a_new_password_by_mail_unlocks(alice: User) -> None:
    User.objects.update(email="alice@example.org")
    fail(by_page, LIMIT)
    client = Client()
    client.post("/accounts/reset/", {"email": "alice@example.org"})
    [link] = [word for word in mail.outbox[0].body.split() if word.startswith("http")]
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD})
    assert by_page(NEW_PASSWORD).status_code == 302


def test_staff_unlock(alice: User, staff_browser: Client) -> None:
    fail(by_page, LIMIT)
    chosen = {"action": "unlock", "_selected_action": str(alice.pk)}
    staff_browser.post("/admin/auth/user/", chosen)
    assert by_page(PASSWORD).status_code == 302


def test_neither_passwords_nor_names_are_logged_and_no_password_is_kept(
    alice: User, caplog: pytest.LogCaptureFixture, alice_browser: Client
) -> None:
    with caplog.at_level(logging.DEBUG):
        fail(by_page, LIMIT)
        by_page("sesame open", HTTP_USER_AGENT="other")
        fields = {"old_password": "sesame", "new_password1": "sesame2", "new_password2": "sesame3"}
        alice_browser.post("/accounts/password/", fields, HTTP_USER_AGENT="third")
        by_page(PASSWORD, REMOTE_ADDR="192.0.2.7")
    said = "\n".join(record.getMessage() for record in caplog.records if "axes" in record.name)
    assert "login" in said
    for word in ("alice", "127.0.0.1", "sesame", "192.0.2.7"):
        assert word not in said
    kept = str(list(AccessAttempt.objects.values()))
    assert "sesame" not in kept
    assert "wrong" not in kept
    assert not AccessLog.objects.exists()


def test_what_no_longer_counts_is_not_kept(alice: User, bob: User) -> None:
    by_page("wrong")
    by_page("wrong", "bob")
    AccessAttempt.objects.filter(username="alice").update(
        attempt_time=F("attempt_time") - datetime.timedelta(minutes=16)
    )
    lockout.forget_old()
    assert [attempt.username for attempt in AccessAttempt.objects.all()] == ["bob"]
    bob.delete()
    assert not AccessAttempt.objects.exists()


def test_a_wrong_password_does_not_open_even_with_the_page_of_before(
    client: Client, alice: User
) -> None:
    fail(by_page, LIMIT)
    client.post("/accounts/login/", {"username": "alice", "password": PASSWORD})
    assert not logged_in(client)
