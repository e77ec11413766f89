"""A person's way through the pages, in a real browser, on the real processes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.person import PASSWORD, photograph, sign_up, upload
from tests.images import drawn_lesion, encoded

OpenPage = Callable[..., Page]


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_from_sign_up_to_deletion(open_page: OpenPage, viewport: dict[str, int]) -> None:
    page = open_page(viewport=viewport)
    sign_up(page)

    upload(page, photograph(encoded(drawn_lesion())), Note="beside the scar")
    expect(page.locator("#result .bars tr")).to_have_count(7)
    expect(page.locator("#result")).to_contain_text("not a medical device")
    expect(page.locator("figcaption .note")).to_have_text("beside the scar")
    assert fits(page)

    page.get_by_role("link", name="History").first.click()
    expect(page.locator(".history li")).to_have_count(1)
    assert fits(page)
    page.locator(".history a").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("is deleted")).to_be_visible()
    expect(page.get_by_text("There is nothing here yet")).to_be_visible()


def test_three_files_of_which_one_is_bad_then_all_that_can_be_done_with_the_others(
    open_page: OpenPage,
) -> None:
    page = open_page()
    sign_up(page)
    upload(
        page,
        photograph(encoded(drawn_lesion(1)), "first.jpg"),
        photograph(b"not a photograph", "bad.jpg"),
        photograph(encoded(drawn_lesion(2)), "second.jpg"),
        Note="left heel",
    )
    bad = page.locator("#files li", has_text="bad.jpg")
    expect(bad).to_contain_text("The file is not a JPEG, PNG or HEIC photograph.")
    expect(page.get_by_role("status").first).to_contain_text("2 photographs are being classified.")
    page.get_by_role("link", name="To the history").click()
    entries = page.locator(".history li")
    expect(entries).to_have_count(2)
    # The results appear by themselves, and the page then stops asking.
    expect(page.locator(".history .number", has_text=re.compile(r"\d\s%"))).to_have_count(2)
    expect(page.locator("#predictions")).not_to_have_attribute("hx-get", re.compile("."))
    filter_history(page)
    compare(page)
    export(page)
    delete_all(page)


def filter_history(page: Page) -> None:
    page.get_by_text("Filter, search and sort").click()
    page.get_by_label("In notes and file names").fill("second")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".history li")).to_have_count(1)
    page.get_by_role("link", name="All", exact=False).first.click()
    expect(page.locator(".history li")).to_have_count(2)


def compare(page: Page) -> None:
    """Both photographs become one lesion, whose page lays one over the other."""
    for i in range(2):
        page.goto("/history/")
        page.locator(".history a").nth(i).click()
        page.get_by_label("Or a new one, by its name").fill("left heel")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("heading", name="left heel").wait_for()
    expect(page.locator(".timeline li")).to_have_count(2)
    page.get_by_label("How much of the left one").fill("30")
    layer = page.locator("#wipe-layer")
    expect(layer).to_have_css("clip-path", "inset(0px 70% 0px 0px)")
    expect(page.get_by_role("img", name="Probabilities over time")).to_be_visible()
    assert fits(page)


def export(page: Page) -> None:
    page.goto("/history/")
    with page.expect_download() as table:
        page.get_by_role("link", name="Export as CSV").click()
    assert table.value.path().read_text(encoding="utf-8-sig").count("left heel") == 4
    page.locator("input[name=chosen]").first.check()
    expect(page.locator("#ticked")).to_have_text("1")
    page.get_by_role("button", name="Download with photographs").first.click()
    with page.expect_download() as archive:
        page.get_by_role("link", name="Download", exact=True).click()
    names = zipfile.ZipFile(archive.value.path()).namelist()
    assert [name.partition("/")[0] for name in names] == ["photographs", "results.csv"]


def delete_all(page: Page) -> None:
    page.goto("/history/")
    page.get_by_label("All on this page").check()
    expect(page.locator("#ticked")).to_have_text("2")
    page.locator("input[name=chosen]").first.uncheck()
    expect(page.get_by_label("All on this page")).not_to_be_checked()
    page.locator("input[name=chosen]").first.check()
    expect(page.get_by_label("All on this page")).to_be_checked()
    page.get_by_role("button", name="Delete …").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("2 photographs are deleted.")).to_be_visible()
    expect(page.get_by_text("There is nothing here yet")).to_be_visible()


def test_without_javascript_the_result_still_appears(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    sign_up(page)
    upload(page, photograph(encoded(drawn_lesion())))
    expect(page.locator("#result .bars tr")).to_have_count(7)


def test_a_person_logs_out_and_in_and_changes_the_password(open_page: OpenPage) -> None:
    page = open_page()
    name = sign_up(page)
    page.get_by_role("button", name="Log out").click()
    page.goto("/history/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()

    page.get_by_role("link", name=name).click()
    page.get_by_role("link", name="Change your password").click()
    page.get_by_label("Old password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill(PASSWORD + "!")
    page.get_by_label("New password confirmation").fill(PASSWORD + "!")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()


def test_the_api_documentation_needs_nothing_from_elsewhere(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/api/v1/docs/")
    expect(page.get_by_text("/api/v1/predictions/").first).to_be_visible()
