"""Handing in photographs: dropped, pasted, chosen, many at once."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE
from tests.browser.person import photograph, sign_up, upload
from tests.images import encoded, lesion
from tests.installation import Installation

OpenPage = Callable[..., Page]
SKIN = encoded(lesion(100, 80))
MANY = 200
API = "**/api/v1/predictions/"
# Notes which rows showed their progress and which said that they were sent.
WATCH = """() => {
    const all = {subtree: true, attributes: true, childList: true};
    window.seen = {progress: new Set(), sent: new Set()};
    const name = (row) => row.querySelector(".name").textContent;
    new MutationObserver(() => {
        for (const row of document.querySelectorAll("#files li")) {
            if (!row.querySelector("progress").hidden) seen.progress.add(name(row));
            if (row.textContent.includes("it is being classified")) seen.sent.add(name(row));
        }
    }).observe(document.getElementById("files"), all);
}"""


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
    expect(page.locator("figcaption .note")).to_have_text("since May")


def test_what_could_not_be_sent_can_be_sent_again(open_page: OpenPage) -> None:
    page = open_page()
    sign_up(page)

    def answer_nonsense(route: Route) -> None:
        route.fulfill(status=200, body="")

    page.route(API, answer_nonsense)
    upload(page, photograph(SKIN))
    expect(page.locator("#files li")).to_contain_text("It could not be sent.")
    page.unroute(API)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#result .bars tr")).to_have_count(7)


def test_two_hundred_photographs_each_with_its_own_progress(open_page: OpenPage) -> None:
    page = open_page()
    sign_up(page)
    names = [f"{n}.jpg" for n in range(MANY)]
    chosen = page.get_by_label("Photographs", exact=True)
    chosen.set_input_files([photograph(SKIN, name) for name in names])
    expect(page.locator("#files li")).to_have_count(MANY)
    page.evaluate(WATCH)
    page.get_by_role("button", name="Classify").click()
    expect(page.locator("#summary")).to_contain_text("Still to be sent:")
    page.wait_for_function("() => seen.sent.size > 50")
    in_progress, sent = page.evaluate("[[...seen.progress], [...seen.sent]]")
    assert set(sent) <= set(in_progress) <= set(names)
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    expect(page.locator(".counts a").first).to_have_text(f"All {MANY}")
    expect(page.locator(".history li")).to_have_count(25)


def over_a_limit(code: str, seconds: int) -> dict[str, Any]:
    """What the API answers then."""
    error = {"code": code, "message": "That is the limit."}
    return {"status": 429, "headers": {"Retry-After": str(seconds)}, "json": {"error": error}}


def test_a_limit_that_time_lifts_is_waited_for(open_page: OpenPage) -> None:
    page = open_page()
    sign_up(page)
    page.route(API, lambda route: route.fulfill(**over_a_limit("too_many_unfinished", 1)), times=3)
    upload(page, *(photograph(SKIN, f"{n}.jpg") for n in range(5)))
    expect(page.get_by_role("alert")).to_contain_text("That is the limit. The rest is sent by its")
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    expect(page.locator(".history li")).to_have_count(5)


def test_a_limit_that_no_time_lifts_leaves_the_photographs_chosen(open_page: OpenPage) -> None:
    page = open_page()
    sign_up(page)
    page.route(API, lambda route: route.fulfill(**over_a_limit("too_many_stored", 1)))
    upload(page, photograph(SKIN, "one.jpg"), photograph(SKIN, "two.jpg"))
    expect(page.get_by_role("alert")).to_contain_text("The rest stays chosen")
    expect(page.get_by_role("status")).to_have_text("Photographs chosen: 2")
    page.unroute(API)
    page.get_by_role("button", name="Classify").click()
    expect(page.locator(".history li")).to_have_count(2)


def test_a_phone_offers_its_camera(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE, has_touch=True, is_mobile=True)
    sign_up(page)
    camera = page.get_by_label("Or take one now")
    expect(camera).to_be_visible()
    expect(camera).to_have_attribute("capture", "environment")
    camera.set_input_files([photograph(SKIN)])
    page.get_by_role("button", name="Classify").click()
    expect(page.locator("#result .bars tr")).to_have_count(7)
