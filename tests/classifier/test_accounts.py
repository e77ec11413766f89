from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings
from rest_framework.authtoken.models import Token

from tests.factories import PASSWORD

NEW_PASSWORD = "battery staple horse"


def sign_up(client: Client, **changes: str) -> str:
    """Where the form leads, or its errors."""
    fields = {"username": "carol", "password1": PASSWORD, **changes}
    fields.setdefault("password2", fields["password1"])
    answer = client.post("/accounts/signup/", fields)
    return answer["Location"] if answer.status_code == 302 else answer.content.decode()


def logged_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_signing_up_where_it_is_closed(method: str, client: Client, settings: Settings) -> None:
    settings.SIGNUP_OPEN = False
    assert getattr(client, method)("/accounts/signup/").status_code == 404


@pytest.mark.parametrize("is_open", [False, True])
def test_the_login_page_offers_signing_up_where_it_is_open(
    is_open: bool, client: Client, settings: Settings
) -> None:
    settings.SIGNUP_OPEN = is_open
    assert ("/accounts/signup/" in client.get("/accounts/login/").content.decode()) == is_open


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": "alice"}, "already exists"),
        ({"password2": "different"}, "match"),
        ({"password1": "9 letters", "password2": "9 letters"}, "at least 10 characters"),
        ({"password1": "1029384756"}, "entirely numeric"),
        ({"password1": "basketball"}, "too common"),
        ({"username": "carolina.m", "password1": "carolina.m1"}, "too similar to the username"),
        ({"email": "carolina@example.org", "password1": "carolina-example"}, "too similar"),
        ({"username": ""}, "required"),
    ],
)
def test_a_bad_sign_up_makes_no_account(
    changes: dict[str, str], words: str, client: Client, alice: User
) -> None:
    assert words in sign_up(client, **changes)
    assert list(User.objects.all()) == [alice]
    assert not logged_in(client)


def test_who_signs_up_is_logged_in_and_can_upload(client: Client, db: None) -> None:
    assert sign_up(client) == "/upload/"
    assert client.get("/upload/").status_code == 200
    carol = User.objects.get(username="carol")
    assert not carol.is_staff
    assert not carol.is_superuser


def test_a_sign_up_cannot_make_staff(client: Client, db: None) -> None:
    sign_up(client, is_staff="on", is_superuser="on")
    assert not User.objects.get(username="carol").is_staff


def test_a_wrong_password_does_not_log_in(client: Client, alice: User) -> None:
    answer = client.post("/accounts/login/", {"username": "alice", "password": "wrong"})
    assert "correct username and password" in answer.content.decode()
    assert not logged_in(client)


@pytest.mark.parametrize(
    ("following", "leads_to"),
    [("", "/upload/"), ("/history/", "/history/"), ("https://evil.example/", "/upload/")],
)
def test_logging_in_leads_where_one_wanted_to_go_here(
    following: str, leads_to: str, client: Client, alice: User
) -> None:
    fields = {"username": "alice", "password": PASSWORD, "next": following}
    assert client.post("/accounts/login/", fields)["Location"] == leads_to
    assert logged_in(client)


def test_who_is_logged_in_needs_no_login_page(alice_browser: Client) -> None:
    assert alice_browser.get("/accounts/login/")["Location"] == "/upload/"


def test_a_link_does_not_log_out(alice_browser: Client) -> None:
    assert alice_browser.get("/accounts/logout/").status_code == 405
    assert logged_in(alice_browser)


def test_logging_out(alice_browser: Client) -> None:
    assert alice_browser.post("/accounts/logout/")["Location"] == "/accounts/login/"
    assert not logged_in(alice_browser)


def change_password(client: Client, old: str) -> int:
    fields = {"old_password": old, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    return client.post("/accounts/password/", fields).status_code


def test_the_password_is_not_changed_without_the_old_one(
    alice: User, alice_browser: Client
) -> None:
    assert change_password(alice_browser, "wrong") == 200
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_the_password_is_changed_and_the_session_goes_on(
    alice: User, alice_browser: Client
) -> None:
    assert change_password(alice_browser, PASSWORD) == 302
    alice.refresh_from_db()
    assert alice.check_password(NEW_PASSWORD)
    answer = alice_browser.get("/accounts/password/done/")
    assert "Your password is changed" in answer.content.decode()


@pytest.mark.parametrize("password", ["short", "basketball", "1029384756"])
def test_a_new_password_keeps_the_rules_too(
    password: str, alice: User, alice_browser: Client
) -> None:
    fields = {"old_password": PASSWORD, "new_password1": password, "new_password2": password}
    assert alice_browser.post("/accounts/password/", fields).status_code == 200
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_new_password_ends_the_tokens_that_the_old_one_opened(
    alice: User, alice_browser: Client
) -> None:
    Token.objects.create(user=alice)
    fields = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD}
    alice_browser.post("/accounts/password/", {**fields, "new_password2": "something else"})
    assert Token.objects.filter(user=alice).exists()
    alice_browser.post("/accounts/password/", {**fields, "new_password2": NEW_PASSWORD})
    assert not Token.objects.filter(user=alice).exists()
