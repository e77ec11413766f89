"""Every page held against axe-core's rules for WCAG 2.2 AA, in both themes; and keys alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.person import photograph, sign_up, upload
from tests.browser.test_journey import fits
from tests.images import encoded, lesion
from tests.installation import Installation

OpenPage = Callable[..., Page]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
PUBLIC = ["/accounts/login/", "/accounts/signup/", "/accounts/reset/", "/about/"]
SKIN = encoded(lesion(300, 200))
SKY = encoded(Image.new("RGB", (300, 200), (90, 140, 235)))


@pytest.fixture
def home(stand_in: Installation) -> str:
    return stand_in.url


def complaints(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{page.url}: {one['id']}: {one['help']}: {node['html'][:200]}"
        for one in found
        for node in one["nodes"]
    ]


def checked(page: Page, *paths: str) -> list[str]:
    found = []
    for path in paths:
        page.goto(path)
        found += complaints(page)
        if not fits(page):
            found.append(f"{path}: wider than the window")
    return found


def result_of(page: Page, content: bytes, **fields: str) -> str:
    """The address of the finished result."""
    upload(page, photograph(content), **fields)
    page.locator("#result:not([hx-get]) .verdict").wait_for()
    return page.url


LOOKS = pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"viewport": PHONE}],
    ids=["light", "dark", "phone"],
)


@LOOKS
def test_no_page_breaks_a_rule(open_page: OpenPage, options: dict[str, object]) -> None:
    page = open_page(**options)
    found = checked(page, *PUBLIC)
    sign_up(page)
    first, refused = result_of(page, SKIN, Note="Left heel"), result_of(page, SKY)
    second = result_of(page, SKIN)
    for address in (first, second):
        page.goto(address)
        page.get_by_label("Or a new one, by its name").fill("left heel")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("heading", name="left heel").wait_for()
    lesion_page = page.url
    page.goto("/upload/")
    page.get_by_label("Photographs", exact=True).set_input_files([photograph(SKIN)])
    page.locator("#files li").wait_for()
    found += complaints(page)
    page.goto("/history/")
    page.locator("input[name=chosen]").first.check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="Delete these photographs?").wait_for()
    found += complaints(page)
    page.goto("/account/")
    page.get_by_label("Name of the new token").fill("bench")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("heading", name="bench").wait_for()
    found += complaints(page)
    page.goto("/account/")
    page.get_by_role("button", name="Download my data").click()
    page.get_by_role("link", name="Download", exact=True).wait_for()
    found += complaints(page)
    found += checked(page, first, refused, lesion_page, "/lesions/", "/account/", "/models/")
    found += checked(page, "/history/?status=succeeded", "/history/?search=nothing", "/models/1/")
    found += checked(page, f"{first}delete/", "/account/delete/", "/accounts/password/")
    assert found == []


def test_keys_alone_lead_from_the_upload_to_a_result(open_page: OpenPage) -> None:
    page = open_page()
    sign_up(page)
    page.goto("/upload/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_label("Photographs", exact=True).set_input_files([photograph(SKIN)])
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Classify":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#result .bars tr")).to_have_count(7)
