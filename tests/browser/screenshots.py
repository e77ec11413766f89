"""`make screenshots`: the pages as a person sees them, from the running product.

python -m tests.browser.screenshots FOLDER [PHOTOGRAPH …]: without photographs, drawn ones.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import DESKTOP, PHONE, QUIET
from tests.browser.person import photograph, sign_up, upload
from tests.images import drawn_lesion, encoded
from tests.installation import Installation, running

VIEWS = {"desktop": (DESKTOP, "light"), "dark": (DESKTOP, "dark"), "phone": (PHONE, "light")}
DAYS = ("2026-03-04", "2026-06-18", "2026-11-02")

PAGES = {
    "history": "/history/",
    "account": "/account/",
    "about": "/about/",
    "network": "/models/1/",
}


def show_pictures(page: Page) -> None:
    """Scroll every picture into view, so that lazy ones are there too."""
    page.wait_for_load_state("networkidle")
    for image in page.locator("main img:visible").all():
        image.scroll_into_view_if_needed()
        image.evaluate("image => image.decode()")


def take(browser: Browser, url: str, folder: Path, photographs: list[bytes]) -> None:
    for view, (viewport, scheme) in VIEWS.items():
        context = browser.new_context(
            base_url=url, viewport=viewport, color_scheme=scheme, locale="en-GB"
        )
        page = context.new_page()
        page.set_default_timeout(120_000)  # the first result waits for the network

        def shoot(name: str, view: str = view) -> None:
            page.screenshot(path=folder / f"{name}-{view}.png", full_page=True)  # noqa: B023

        page.goto("/")
        shoot("login")
        sign_up(page)
        shoot("upload")
        for content, day in zip(photographs[1:], DAYS, strict=False):
            fields = {"Note": "Left forearm", "Date taken": day}
            upload(page, photograph(content, f"forearm-{day}.jpg"), **fields)
            page.locator("#result:not([hx-get]) .verdict").wait_for()
            page.get_by_label("Or a new one, by its name").fill("Left forearm")
            page.get_by_role("button", name="Save").click()
            page.get_by_role("heading", name="Left forearm").wait_for()
        show_pictures(page)
        shoot("lesion")
        upload(
            page, photograph(photographs[0], "forearm.jpg"), Note="Left forearm, new since spring"
        )
        page.locator("#result .bars").wait_for()
        show_pictures(page)
        shoot("result")
        for name, address in PAGES.items():
            page.goto(address)
            show_pictures(page)
            shoot(name)
        context.close()


def main(folder: Path, files: list[Path]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    photographs = [file.read_bytes() for file in files] or [
        encoded(drawn_lesion(seed), quality=95) for seed in range(4)
    ]
    with (
        tempfile.TemporaryDirectory() as data_dir,
        running(Installation(Path(data_dir))) as installation,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        take(browser, installation.url, folder, photographs)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
