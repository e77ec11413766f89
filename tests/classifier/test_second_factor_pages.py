"""The second factor is set up, renewed and switched off on the account page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework.authtoken.models import Token

from classifier.accounts import second_factor, tokens
from classifier.models import AuditEntry
from classifier.records import ApiToken
from tests.classifier.conftest import browser
from tests.codes import code_of, with_second_factor
from tests.factories import PASSWORD

BEGIN, SET_UP = "/account/second-factor/begin/", "/account/second-factor/setup/"
MANAGE = "/account/second-factor/"


def begun(client: Client, user: User) -> str:
    """The code that an app shows after scanning."""
    assert client.post(BEGIN)["Location"] == SET_UP
    return code_of(TOTPDevice.objects.get(user=user, confirmed=False))


def switch_on(client: Client, code: str, password: str = PASSWORD) -> Any:
    return client.post(SET_UP, {"code": code, "password": password})


def shown_codes(answer: Any) -> list[str]:
    return re.findall(r"<code>(\w+)</code>", answer.content.decode())


def test_scanning_and_one_code_switch_it_on(alice: User, alice_browser: Client) -> None:
    code = begun(alice_browser, alice)
    assert not second_factor.is_on(alice)
    answer = switch_on(alice_browser, code)
    assert second_factor.is_on(alice)
    assert "no-store" in answer["Cache-Control"]
    codes = shown_codes(answer)
    assert len(codes) == 10
    assert set(codes) == {*StaticToken.objects.values_list("token", flat=True)}
    page = alice_browser.get(MANAGE).content.decode()
    assert "10 unused recovery codes" in page
    assert not any(code in page for code in codes)
    assert (
        "asks for a code besides your password" in alice_browser.get("/account/").content.decode()
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "000000"}, "This code is wrong"),
        ({"code": ""}, "required"),
        ({"password": "wrong"}, "This is not your password."),
    ],
)
def test_a_wrong_code_or_password_switches_nothing_on(
    changes: dict[str, str], words: str, alice: User, alice_browser: Client
) -> None:
    fields = {"code": begun(alice_browser, alice), "password": PASSWORD, **changes}
    if changes.get("code") == fields["code"] != "":  # one in a million
        fields["code"] = "000001"
    assert words in alice_browser.post(SET_UP, fields).content.decode()
    assert not second_factor.is_on(alice)
    assert not StaticToken.objects.exists()


def test_the_page_shows_the_key_as_a_picture_without_style_and_in_letters(
    alice: User, alice_browser: Client
) -> None:
    begun(alice_browser, alice)
    answer = alice_browser.get(SET_UP)
    assert "no-store" in answer["Cache-Control"]
    html = answer.content.decode()
    assert second_factor.key_in_words(TOTPDevice.objects.get()) in html
    [svg] = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert "style" not in svg
    assert re.findall(r'(?:fill|stroke)="([^"]+)"', svg) == ["#fff", "#000"]


def test_without_a_beginning_there_is_nothing_to_set_up(alice_browser: Client) -> None:
    assert alice_browser.get(SET_UP, follow=True).redirect_chain[-1][0] == "/account/"
    assert alice_browser.get(BEGIN).status_code == 405


def test_switching_on_ends_what_the_password_alone_has_opened(
    alice: User, alice_browser: Client
) -> None:
    other = browser(alice)
    Token.objects.create(user=alice)
    tokens.issue(alice, "bench")
    switch_on(alice_browser, begun(alice_browser, alice))
    assert other.get("/account/").status_code == 302
    assert alice_browser.get("/account/").status_code == 200
    assert not Token.objects.exists()
    assert ApiToken.objects.get().name == "bench"


def test_a_new_phone_takes_over_with_its_first_code(alice: User, alice_browser: Client) -> None:
    old_codes = with_second_factor(alice)
    old = TOTPDevice.objects.get()
    code = begun(alice_browser, alice)
    assert second_factor.is_on(alice)
    codes = shown_codes(switch_on(alice_browser, code))
    new = TOTPDevice.objects.get()
    assert new.confirmed
    assert new.key != old.key
    assert not {*codes} & {*old_codes}


@pytest.mark.parametrize("action", ["codes", "off"])
def test_without_the_password_it_stays_as_it_is(
    action: str, alice: User, alice_browser: Client
) -> None:
    codes = with_second_factor(alice)
    answer = alice_browser.post(MANAGE, {"password": "wrong", "action": action})
    assert "This is not your password." in answer.content.decode()
    assert second_factor.is_on(alice)
    assert {*StaticToken.objects.values_list("token", flat=True)} == {*codes}


def test_new_recovery_codes_replace_the_old(alice: User, alice_browser: Client) -> None:
    old = with_second_factor(alice)
    new = shown_codes(alice_browser.post(MANAGE, {"password": PASSWORD, "action": "codes"}))
    assert {*StaticToken.objects.values_list("token", flat=True)} == {*new}
    assert not {*new} & {*old}


def test_it_is_switched_off(alice: User, bob: User, alice_browser: Client) -> None:
    for user in (alice, bob):
        with_second_factor(user)
    alice_browser.post(MANAGE, {"password": PASSWORD, "action": "off"})
    assert not second_factor.is_on(alice)
    assert not StaticToken.objects.filter(device__user=alice).exists()
    assert second_factor.is_on(bob)
    fields = {"username": "alice", "password": PASSWORD}
    assert Client().post("/accounts/login/", fields)["Location"] == "/upload/"


def test_staff_help_who_has_lost_everything_and_it_is_noted(
    alice: User, bob: User, staff_browser: Client
) -> None:
    for user in (alice, bob):
        with_second_factor(user)
    chosen = {"action": "switch_off_second_factor", "_selected_action": str(alice.pk)}
    staff_browser.post("/admin/auth/user/", chosen)
    assert not second_factor.is_on(alice)
    assert second_factor.is_on(bob)
    assert [entry.object_id for entry in AuditEntry.objects.all()] == [str(alice.pk)]


def test_the_admin_shows_no_keys(staff_browser: Client) -> None:
    for page in ("otp_totp/totpdevice/", "otp_static/staticdevice/"):
        assert staff_browser.get(f"/admin/{page}").status_code == 404


def test_all_of_it_goes_with_the_account(alice: User, alice_browser: Client) -> None:
    with_second_factor(alice)
    alice_browser.post("/account/delete/", {"password": PASSWORD})
    assert not TOTPDevice.objects.exists()
    assert not StaticToken.objects.exists()
