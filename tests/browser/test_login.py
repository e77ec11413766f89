"""Logging in with a second factor, and failing too often, as a person sees it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.person import PASSWORD, sign_up
from tests.browser.test_accessibility import LOOKS, checked, complaints
from tests.codes import code_of_key
from tests.installation import Installation

OpenPage = Callable[..., Page]


@pytest.fixture
def home(stand_in: Installation) -> str:
    return stand_in.url


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def give_code(page: Page, code: str) -> None:
    page.get_by_role("textbox", name="Code").fill(code)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Upload photographs").wait_for()


@LOOKS
def test_the_second_factor_from_the_account_to_the_next_login(
    open_page: OpenPage, options: dict[str, object]
) -> None:
    page = open_page(**options)
    name = sign_up(page)
    page.goto("/account/")
    page.get_by_role("button", name="Set up a second factor").click()
    page.get_by_role("img", name="QR code with your key").wait_for()
    found = complaints(page)
    key = page.locator(".secret").inner_text()
    page.get_by_role("textbox", name="Code").fill(code_of_key(key))
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Switch it on").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    found += complaints(page)
    recovery_code = page.locator(".recovery-codes li").first.inner_text()
    found += checked(page, "/account/second-factor/", "/account/")

    other = open_page(**options)
    log_in(other, name)
    other.get_by_role("heading", name="Your second factor").wait_for()
    found += complaints(other)
    give_code(other, code_of_key(key, ahead=1))

    third = open_page(**options)
    log_in(third, name)
    give_code(third, recovery_code)

    page.goto("/account/")
    expect(page.get_by_role("row", name="Chrome on Linux")).to_have_count(3)
    found += complaints(page)
    page.get_by_role("button", name="End the session last used").first.click()
    expect(page.get_by_role("row", name="Chrome on Linux")).to_have_count(2)
    page.get_by_role("button", name="End all others").click()
    expect(page.get_by_role("row", name="Chrome on Linux")).to_have_count(1)
    other.goto("/history/")
    expect(other.get_by_role("heading", name="Log in")).to_be_visible()
    assert found == []


@LOOKS
def test_who_fails_too_often_reads_when_to_try_again(
    open_page: OpenPage, options: dict[str, object]
) -> None:
    page = open_page(**options)
    name = f"nobody-{'-'.join(options)}-{options.get('color_scheme')}"
    for _number in range(5):
        log_in(page, name, "wrong")
        page.get_by_role("heading").first.wait_for()
    expect(page.get_by_role("alert")).to_have_text(
        "Too many failed attempts. Try again in 15 minutes."
    )
    assert complaints(page) == []
