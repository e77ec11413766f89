"""A webhook from the form to the log, in a browser; each page held against axe-core's rules."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.person import sign_up
from tests.browser.test_accessibility import OpenPage, checked, complaints
from tests.installation import Installation
from tests.services import free_port


@pytest.fixture
def home(stand_in: Installation) -> str:
    return stand_in.url


@pytest.mark.parametrize("options", [{"color_scheme": "dark"}, {"viewport": PHONE}])
def test_a_webhook_is_made_tested_and_deleted(
    open_page: OpenPage, options: dict[str, object]
) -> None:
    page = open_page(**options)
    sign_up(page)
    page.goto("/account/")
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_label("Name", exact=True).fill("My clinic")
    page.get_by_label("Address").fill(f"http://127.0.0.1:{free_port()}/")
    page.get_by_role("button", name="Make a webhook").click()
    expect(page.locator(".secret")).to_contain_text("whsec_")
    found = complaints(page)
    page.get_by_role("link", name="To the webhook").click()
    page.get_by_role("heading", name="Webhook “My clinic”").wait_for()
    address = page.url
    page.get_by_role("button", name="Send a test").click()
    row = page.get_by_role("row").filter(has_text="No connection could be made")
    for _ in range(40):
        if row.count():
            break
        page.wait_for_timeout(250)
        page.goto(address)
    expect(row).to_be_visible()
    found += complaints(page)
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("The webhook is switched off.")).to_be_visible()
    found += checked(page, address, "/account/webhooks/", "/account/")
    assert found == []
    page.goto(address)
    page.get_by_text("Rename or delete").click()
    page.get_by_role("button", name="Delete the webhook").click()
    expect(page.get_by_text("The webhook and its log are deleted.")).to_be_visible()
