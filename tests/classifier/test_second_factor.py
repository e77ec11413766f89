"""A code besides the password: at the login page and for the API's token."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework.test import APIClient

from classifier.web import half_way
from tests.classifier.test_accounts import logged_in
from tests.codes import code_of, next_code, with_second_factor
from tests.factories import PASSWORD

CODE_PAGE = "/accounts/login/code/"
WRONG = "This code is wrong, too old, or was used already."


@pytest.fixture
def recovery_codes(alice: User) -> list[str]:
    """Alice has a second factor."""
    return with_second_factor(alice)


pytestmark = pytest.mark.usefixtures("recovery_codes")


def password_given(client: Client, following: str = "") -> str:
    """Where the right password leads."""
    fields = {"username": "alice", "password": PASSWORD, "next": following}
    return str(client.post("/accounts/login/", fields)["Location"])


def give(client: Client, code: str, **fields: str) -> Any:
    return client.post(CODE_PAGE, {"code": code, **fields})


def no_pause() -> None:
    """As if the pause after a wrong code were over."""
    for device in (TOTPDevice, StaticDevice):
        device.objects.update(throttling_failure_timestamp=None)


def wrong_code(user: User) -> str:
    return f"{(int(next_code(user)) + 1) % 10**6:06d}"


# The page


def test_the_password_alone_opens_nothing(client: Client) -> None:
    assert password_given(client) == CODE_PAGE
    assert not logged_in(client)
    assert client.get("/history/")["Location"].startswith("/accounts/login/")
    assert client.get("/api/v1/predictions/").status_code == 401
    assert "Code" in client.get(CODE_PAGE).content.decode()


def test_the_code_opens_and_leads_where_one_wanted_to_go(client: Client, alice: User) -> None:
    page = password_given(client, "/history/")
    assert page == f"{CODE_PAGE}?next=%2Fhistory%2F"
    assert 'name="next" value="/history/"' in client.get(page).content.decode()
    code = next_code(alice)
    answer = give(client, f"{code[:3]} {code[3:]}", next="/history/")
    assert answer["Location"] == "/history/"
    assert logged_in(client)
    assert half_way.KEY not in client.session


def test_a_code_opens_once(client: Client, alice: User) -> None:
    code = next_code(alice)
    password_given(client)
    assert give(client, code).status_code == 302
    other = Client()
    password_given(other)
    assert WRONG in give(other, code).content.decode()
    assert not logged_in(other)


def test_a_recovery_code_opens_once(client: Client, recovery_codes: list[str]) -> None:
    assert len(set(recovery_codes)) == 10
    password_given(client)
    assert give(client, recovery_codes[3].upper()).status_code == 302
    other = Client()
    password_given(other)
    assert WRONG in give(other, recovery_codes[3]).content.decode()
    no_pause()
    assert give(other, recovery_codes[4]).status_code == 302


@pytest.mark.parametrize("code", ["", " ", "nonsense", "x" * 33, "null\0byte", "-1", "１２３"])
def test_what_is_no_code_opens_nothing(code: str, client: Client) -> None:
    password_given(client)
    assert give(client, code).status_code == 200
    assert not logged_in(client)


def test_another_users_code_opens_nothing(
    client: Client, bob: User, recovery_codes: list[str]
) -> None:
    with_second_factor(bob)
    password_given(client)
    assert WRONG in give(client, next_code(bob)).content.decode()


def test_codes_are_not_guessed(client: Client, alice: User) -> None:
    wrong = wrong_code(alice)
    for _number in range(settings.AXES_FAILURE_LIMIT - 1):
        password_given(client)
        no_pause()
        assert WRONG in give(client, wrong).content.decode()
    no_pause()
    assert give(client, wrong).status_code == 429
    refused = give(client, next_code(alice))
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 800
    assert not logged_in(client)
    # By the password it is not to be had either.
    fields = {"username": "alice", "password": PASSWORD}
    assert Client().post("/accounts/login/", fields).status_code == 429


def test_from_many_addresses_there_is_a_pause_after_each_wrong_code(
    client: Client, alice: User
) -> None:
    password_given(client)
    wrong = wrong_code(alice)
    for number in range(10):
        no_pause()
        client.post(CODE_PAGE, {"code": wrong}, REMOTE_ADDR=f"192.0.2.{number}")
    for code in (wrong, code_of(TOTPDevice.objects.get())):
        answer = client.post(CODE_PAGE, {"code": code}, REMOTE_ADDR="192.0.2.99")
        assert "Please wait 9 minutes before the next code." in answer.content.decode()
    assert not logged_in(client)


@pytest.mark.parametrize("change", ["late", "other password", "closed", "not begun"])
def test_half_way_is_not_for_ever(
    change: str, client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    if change != "not begun":
        password_given(client)
    if change == "late":
        monkeypatch.setattr(half_way, "time", Later())
    elif change == "other password":
        alice.set_password("battery staple horse")
        alice.save()
    elif change == "closed":
        User.objects.update(is_active=False)
    assert give(client, next_code(alice))["Location"] == "/accounts/login/"
    assert not logged_in(client)


class Later:
    """A clock that is eleven minutes fast."""

    def time(self) -> float:
        import time

        return time.time() + 660


def test_who_knew_the_session_before_is_not_half_way(client: Client) -> None:
    client.get("/accounts/login/")
    client.post("/language/", {"language": "de"})
    session = client.session
    session["seen"] = True
    session.save()
    before = session.session_key
    password_given(client)
    assert client.session.session_key != before


def test_the_admin_goes_the_same_way(staff: User, alice: User) -> None:
    with_second_factor(staff)
    client = Client()
    page = client.get("/admin/auth/user/", follow=True).redirect_chain[-1][0]
    assert page == "/accounts/login/?next=/admin/auth/user/"
    fields = {"username": "staff", "password": PASSWORD, "next": "/admin/auth/user/"}
    code_page = client.post(page, fields)["Location"]
    assert client.get("/admin/").status_code == 302
    answer = client.post(code_page, {"code": next_code(staff), "next": "/admin/auth/user/"})
    assert answer["Location"] == "/admin/auth/user/"
    assert client.get("/admin/auth/user/").status_code == 200
    # A form that the admin's own login page would have taken.
    other = Client()
    form = {"username": "staff", "password": PASSWORD, "next": "/admin/"}
    other.post("/admin/login/", form)
    assert not logged_in(other)


def test_who_may_not_enter_the_admin_is_told_so(bob_browser: Client) -> None:
    assert bob_browser.get("/admin/", follow=True).status_code == 403


# The API's token


def token(**fields: str) -> Any:
    body = {"username": "alice", "password": PASSWORD, **fields}
    return APIClient().post("/api/v1/auth/token/", body, format="json")


@pytest.mark.parametrize("fields", [{}, {"otp": ""}])
def test_a_password_alone_gets_no_token(fields: dict[str, str]) -> None:
    answer = token(**fields)
    assert answer.status_code == 400
    sentence = "This account has a second factor: send its code, or a recovery code, as otp."
    assert answer.json() == {"error": {"code": "otp_required", "message": sentence}}


def test_a_wrong_password_is_not_told_of_the_second_factor() -> None:
    body = token(password="wrong").json()["error"]
    assert body["code"] == "invalid"
    assert "otp" not in str(body)


def test_a_wrong_code_gets_no_token_and_counts(alice: User) -> None:
    for _number in range(settings.AXES_FAILURE_LIMIT - 1):
        answer = token(otp=wrong_code(alice))
        assert answer.status_code == 400
        assert answer.json()["error"]["fields"] == {"otp": [WRONG]}
    answer = token(otp=wrong_code(alice))
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_failures")
    assert token(otp=next_code(alice)).status_code == 429


def test_the_code_or_a_recovery_code_gets_the_token(alice: User, recovery_codes: list[str]) -> None:
    key = token(otp=next_code(alice)).json()["token"]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    assert client.get("/api/v1/account/").status_code == 200
    assert token(otp=recovery_codes[0]).json()["token"] == key
    assert token(otp=recovery_codes[0]).status_code == 400


def test_who_has_none_needs_no_code(bob: User) -> None:
    assert token(username="bob").status_code == 200
    assert token(username="bob", otp="123456").status_code == 200
