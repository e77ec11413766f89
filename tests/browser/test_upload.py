"""Handing in photographs: dropped, pasted, chosen, many at once."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE
from tests.browser.person import photograph, sign_up, upload
from tests.images import encoded, lesion
from tests.installation import Installation

OpenPage = Callable[..., Page]
SKIN = encoded(lesion(100, 80))
MANY = 200


@pytest.fixture
def home(stand_in: Installation) -> str:
    return stand_in.url


def transfer(page: Page, event: str, target: str, *names: str) -> None:
    """Drop or paste photographs of those names, as the browser would hand them over."""
    page.evaluate(
        """([event, target, names, content]) => {
            const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
            const data = new DataTransfer();
            for (const name of names) data.items.add(new File([bytes], name, {type: "image/jpeg"}));
            const options = {bubbles: true, cancelable: true};
            const sent = event === "drop"
                ? new DragEvent("drop", {...options, dataTransfer: data})
                : new ClipboardEvent("paste", {...options, clipboardData: data});
            document.querySelector(target).dispatchEvent(sent);
        }""",
        [event, target, list(names), base64.b64encode(SKIN).decode()],
    )


def test_dropped_pasted_and_chosen_photographs_come_together(open_page: OpenPage) -> None:
    page = open_page()
    sign_up(page)
    expect(page.get_by_text("Drag photographs here")).to_be_visible()
    transfer(page, "drop", "#dropzone", "dropped-1.jpg", "dropped-2.jpg")
    transfer(page, "paste", "body", "pasted.jpg")
    page.get_by_label("Photographs", exact=True).set_input_files([photograph(SKIN, "chosen.jpg")])
    names = page.locator("#files .name")
    expect(names).to_have_text(["dropped-1.jpg", "dropped-2.jpg", "pasted.jpg", "chosen.jpg"])
    picture = page.locator("#files img").first
    picture.evaluate("image => image.decode()")
    assert picture.evaluate("image => image.naturalWidth") == 100

    page.locator("#files li", has_text="dropped-2.jpg").get_by_role("button").click()
    expect(page.get_by_role("status")).to_have_text("Photographs chosen: 3")
    page.get_by_role("button", name="Classify").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    expect(page.locator(".history li")).to_have_count(3)


def test_the_body_map_and_the_list_of_sites_agree(open_page: OpenPage) -> None:
    page = open_page()
    sign_up(page)
    page.locator("#body-map [data-site=chest]").click()
    expect(page.get_by_label("Body site")).to_have_value("chest")
    page.get_by_label("Body site").select_option("foot")
    expect(page.locator("#body-map .chosen")).to_have_count(4)  # both feet, from both sides
    upload(page, photograph(SKIN), Note="since May")
    expect(page.get_by_text("since May")).to_be_visible()


def test_what_could_not_be_sent_can_be_sent_again(open_page: OpenPage) -> None:
    page = open_page()
    sign_up(page)
    broken = "**/api/v1/predictions/"

    def answer_nonsense(route: Route) -> None:
        route.fulfill(status=200, body="")

    page.route(broken, answer_nonsense)
    upload(page, photograph(SKIN))
    expect(page.locator("#files li")).to_contain_text("It could not be sent.")
    page.unroute(broken)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#result .bars tr")).to_have_count(7)


def test_two_hundred_photographs(open_page: OpenPage) -> None:
    page = open_page()
    sign_up(page)
    upload(page, *(photograph(SKIN, f"{n}.jpg") for n in range(MANY)))
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    expect(page.locator(".history li")).to_have_count(25)


def test_a_phone_offers_its_camera(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE, has_touch=True, is_mobile=True)
    sign_up(page)
    camera = page.get_by_label("Or take one now")
    expect(camera).to_be_visible()
    expect(camera).to_have_attribute("capture", "environment")
    camera.set_input_files([photograph(SKIN)])
    page.get_by_role("button", name="Classify").click()
    expect(page.locator("#result .bars tr")).to_have_count(7)
