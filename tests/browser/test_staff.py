"""The pages of the staff: reviewed by keys and without a script, the dashboard, the admin."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.person import photograph, sign_up, upload
from tests.browser.test_accessibility import complaints
from tests.browser.test_journey import fits
from tests.images import encoded, lesion
from tests.installation import Installation

OpenPage = Callable[..., Page]
SKIN = encoded(lesion(300, 200))


@pytest.fixture
def home(stand_in: Installation) -> str:
    return stand_in.url


@pytest.fixture
def open_staff_page(open_page: OpenPage, stand_in: Installation) -> OpenPage:
    """Logged in as the first user, after somebody else has uploaded a photograph."""

    def opened(**options: object) -> Page:
        somebody = open_page()
        sign_up(somebody)
        for note in ("first", "second", "third"):
            upload(somebody, photograph(SKIN), Note=note)
            somebody.locator("#result:not([hx-get]) .verdict").wait_for()
        page = open_page(**options)
        page.goto("/accounts/login/")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(stand_in.first_password())
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("link", name="Dashboard").wait_for()
        return page

    return opened


def test_three_keys_are_three_diagnoses(open_staff_page: OpenPage) -> None:
    page = open_staff_page()
    page.get_by_role("link", name="Review").click()
    expect(page.get_by_text("third")).to_be_visible()
    page.keyboard.press("5")
    expect(page.get_by_text("Last recorded:")).to_contain_text("Melanoma")
    expect(page.get_by_text("second")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_text("Passed over")).to_be_visible()
    expect(page.get_by_text("first", exact=True)).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("details .said")).to_be_visible()
    page.keyboard.press("6")
    expect(page.get_by_text("Last recorded:")).to_contain_text("Melanocytic nevus")
    page.get_by_role("link", name="Correct it").click()
    page.get_by_role("button", name="Dermatofibroma").click()
    expect(page.get_by_text("Last recorded:")).to_contain_text("Dermatofibroma")
    page.goto("/dashboard/")
    expect(page.get_by_role("heading", name=re.compile("testnet 3"))).to_be_visible()


def test_keys_can_be_switched_off_and_do_not_disturb_a_note(open_staff_page: OpenPage) -> None:
    page = open_staff_page()
    page.goto("/review/")
    page.get_by_label("Note for the staff").fill("")
    page.keyboard.type("5 mm, seen twice")
    expect(page.get_by_label("Note for the staff")).to_have_value("5 mm, seen twice")
    page.get_by_label("Keys: 1 to 7").uncheck()
    page.locator("h1").click()
    page.keyboard.press("5")
    page.reload()
    expect(page.get_by_label("Keys: 1 to 7")).not_to_be_checked()
    expect(page.get_by_text("third")).to_be_visible()


def test_without_javascript_a_button_records(open_staff_page: OpenPage) -> None:
    page = open_staff_page(java_script_enabled=False)
    page.goto("/review/")
    page.get_by_role("button", name="Vascular lesion").click()
    expect(page.get_by_text("Last recorded:")).to_contain_text("Vascular lesion")


@pytest.mark.parametrize(
    "options",
    [{"viewport": DESKTOP}, {"viewport": DESKTOP, "color_scheme": "dark"}, {"viewport": PHONE}],
    ids=["light", "dark", "phone"],
)
def test_review_and_dashboard_break_no_rule(
    open_staff_page: OpenPage, options: dict[str, object]
) -> None:
    page = open_staff_page(**options)
    page.goto("/review/")
    page.get_by_role("button", name="Melanoma").click()
    page.get_by_text("Last recorded:").wait_for()
    found = complaints(page)
    assert fits(page)
    page.get_by_text("What the network says", exact=True).click()
    page.get_by_role("link", name="Correct it").click()
    page.get_by_text("recorded", exact=False).first.wait_for()
    found += complaints(page)
    page.goto("/dashboard/")
    page.get_by_text("As a table").click()
    found += complaints(page)
    assert fits(page)
    assert found == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_admin_works_under_the_policy(
    open_staff_page: OpenPage, viewport: dict[str, int]
) -> None:
    page = open_staff_page(viewport=viewport)
    for path in ("prediction", "lesionimage", "modelversion", "auditentry", "rerun"):
        page.goto(f"/admin/classifier/{path}/")
        page.locator("#content").wait_for()
    page.goto("/admin/classifier/prediction/")
    page.locator("#result_list tbody th a").first.click()
    expect(page.locator(".seven progress")).to_have_count(7)
    picture = page.locator("img.photograph")
    picture.evaluate("image => image.decode()")
    assert picture.evaluate("image => image.naturalWidth") == 300
