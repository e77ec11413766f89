"""What a person is shown beside the percentages, by a network that has all of it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.person import photograph, sign_up, upload
from tests.browser.test_journey import fits
from tests.images import encoded, lesion
from tests.installation import Installation

OpenPage = Callable[..., Page]
SKIN = encoded(lesion(600, 450))
SKY = encoded(Image.new("RGB", (600, 450), (90, 140, 235)))


@pytest.fixture
def home(stand_in: Installation) -> str:
    return stand_in.url


def heatmap_is_drawn(page: Page) -> None:
    picture = page.locator("#heatmap-layer")
    expect(picture).to_be_visible()
    picture.evaluate("image => image.decode()")
    assert picture.evaluate("image => image.naturalWidth / image.naturalHeight") == 600 / 450


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_result_with_thresholds_heatmap_and_the_networks_card(
    open_page: OpenPage, viewport: dict[str, int]
) -> None:
    page = open_page(viewport=viewport)
    sign_up(page)
    upload(page, photograph(SKIN))
    expect(page.locator("#result .bars tr")).to_have_count(7)
    expect(page.locator("#result")).to_contain_text("assuming the frequencies of HAM10000")
    expect(page.locator("#result")).to_contain_text("the melanoma threshold: at this threshold")
    heatmap_is_drawn(page)
    assert fits(page)

    page.get_by_label("How much of the colours").fill("30")
    expect(page.locator("#heatmap-layer")).to_have_css("opacity", "0.3")
    page.get_by_label("For the class").select_option("vasc")  # and nothing else: the page asks
    expect(page.locator("#heatmap-layer")).to_have_attribute("src", re.compile("label=vasc"))
    heatmap_is_drawn(page)
    assert fits(page)

    with page.expect_download() as download:
        page.get_by_role("link", name="Report as PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    page.locator("#result").get_by_role("link", name="testnet 3").click()
    expect(page.get_by_role("heading", name="testnet 3")).to_be_visible()
    expect(page.get_by_text("0.655 – 0.751")).to_be_visible()
    assert fits(page)


def test_on_paper_it_is_one_page(open_page: OpenPage) -> None:
    page = open_page()
    sign_up(page)
    upload(page, photograph(SKIN))
    expect(page.locator("#result .bars tr")).to_have_count(7)
    heatmap_is_drawn(page)
    page.emulate_media(media="print")
    for part in (page.locator("header"), page.get_by_role("link", name="Report as PDF")):
        expect(part).to_be_hidden()
    expect(page.locator("#result .bars")).to_be_visible()
    assert page.pdf(format="A4").count(b"/Type /Page\n") == 1


def test_without_javascript_another_class_is_a_button_away(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    sign_up(page)
    upload(page, photograph(SKIN))
    page.get_by_label("For the class").select_option("df")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#heatmap-layer")).to_have_attribute("src", re.compile("label=df"))
    expect(page.locator("#heatmap")).to_be_in_viewport()


def test_what_is_no_lesion_gets_no_percentages(open_page: OpenPage) -> None:
    page = open_page()
    sign_up(page)
    upload(page, photograph(SKY))
    expect(page.get_by_role("heading", name="Not recognised as a lesion")).to_be_visible()
    expect(page.locator("#result")).not_to_contain_text("%")
    expect(page.locator("#heatmap")).to_have_count(0)
    page.get_by_role("link", name="History").first.click()
    expect(page.locator(".history li")).to_contain_text("Not recognised as a lesion")
    expect(page.locator(".history li")).not_to_contain_text("%")
