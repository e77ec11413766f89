"""`python -m bench.large_history`: 10,000 photographs in one history, as a person meets them.

On the real processes of both stacks: the pages over HTTP, the same in Chromium with what is clicked
there, the table and the zip of all of it. Every photograph is a copy of one file of 600 × 450.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests
from playwright.sync_api import Page, sync_playwright

from bench.report import percentiles, refuse_beside_a_training, report
from bench.stacks import STACKS, installed
from tests.browser.conftest import DESKTOP, QUIET
from tests.browser.person import PASSWORD
from tests.images import drawn_lesion, encoded
from tests.installation import ROOT, Installation

SIZE = 10_000
CALLS = 40
VISITS = 10
PAGES = {
    "first page": "",
    "deep page": "?cursor={deep}",
    "oldest first": "?sort=oldest",
    "most probable first": "?sort=probable",
    "a class": "?label=mel",
    "a status": "?status=failed",
    "a body site": "?body_site=back",
    "a class and a body site": "?label=mel&body_site=back",
    "a month": "?since=2025-03-01&until=2025-03-31",
    "a word in few notes": "?search=itches",
    "a word in all notes": "?search=people",
    "a word in none": "?search=nowhere",
}


def fill(size: int) -> None:
    """In a process of the installation's environment; prints the cursor of a page in the middle."""
    import django

    django.setup()
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from bench.history import deep_cursor, grow

    for name, width in (("images/bench.jpg", 600), ("thumbnails/bench.jpg", 256)):
        photograph = drawn_lesion(0, width, width * 3 // 4)
        default_storage.save(name, ContentFile(encoded(photograph, quality=95)))
    user = grow(size)
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    print(deep_cursor())


def filled(installation: Installation, size: int) -> str:
    command = [sys.executable, "-m", "bench.large_history", "--fill", str(size)]
    settings = {"DJANGO_SETTINGS_MODULE": "skincare.settings", "LOG_LEVEL": "WARNING"}
    environment = os.environ | installation.variables() | settings
    said = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return said.stdout.split()[-1]


def over_http(url: str, deep: str) -> Iterator[tuple[str, str]]:
    session = requests.Session()
    session.get(f"{url}/accounts/login/", timeout=30)
    login = {"username": "bench", "password": PASSWORD}
    login["csrfmiddlewaretoken"] = session.cookies["csrftoken"]
    session.post(f"{url}/accounts/login/", login, timeout=30).raise_for_status()
    for what, query in PAGES.items():
        address = f"{url}/history/{query.format(deep=deep)}"

        def get(address: str = address) -> None:
            session.get(address, timeout=60).raise_for_status()

        get()
        yield f"HTTP, {what}", percentiles([taken(get) for _ in range(CALLS)])


def taken(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


@contextmanager
def logged_in(url: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        page = browser.new_context(base_url=url, viewport=DESKTOP, locale="en-GB").new_page()
        page.set_default_timeout(600_000)
        page.goto("/accounts/login/")
        page.get_by_label("Username").fill("bench")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.goto("/history/")
        yield page
        browser.close()


def in_a_browser(page: Page) -> Iterator[tuple[str, str]]:
    """Each until the next page has loaded with its visible pictures."""

    def search() -> None:
        page.get_by_label("In notes and file names").fill("itches")
        page.get_by_role("button", name="Filter").click()
        page.wait_for_url("**search=itches**")

    def tick_and_ask_to_delete() -> None:
        page.get_by_label("All on this page").check()
        page.get_by_role("button", name="Delete …").click()
        page.get_by_role("heading", name="Delete these photographs?").wait_for()

    steps: dict[str, Callable[[], object]] = {
        "first page": lambda: page.goto("/history/"),
        "the next page": lambda: page.get_by_role("link", name="Further").click(),
        "search in notes": search,
        "tick a page and ask to delete it": tick_and_ask_to_delete,
    }
    for what, step in steps.items():
        seconds = []
        for _ in range(VISITS):
            page.goto("/history/")
            page.get_by_text("Filter, search and sort").click()
            seconds.append(taken(step))
        yield f"Chromium, {what}", percentiles(seconds)


def all_of_it(page: Page) -> Iterator[tuple[str, str]]:
    page.goto("/history/")
    begin = time.perf_counter()
    with page.expect_download() as table:
        page.get_by_role("link", name="Export as CSV").click()
    rows = len(table.value.path().read_bytes().splitlines()) - 1
    yield f"CSV of {rows:,}", f"{time.perf_counter() - begin:.1f} s"
    begin = time.perf_counter()
    page.get_by_role("button", name="Download with photographs").last.click()
    page.get_by_role("heading", name="Photographs and results as a zip").wait_for()
    yield "zip, until it is under way", f"{time.perf_counter() - begin:.1f} s"
    link = page.get_by_role("link", name="Download", exact=True)
    link.wait_for()
    yield "zip, until it is ready", f"{time.perf_counter() - begin:.1f} s"
    with page.expect_download() as archive:
        link.click()
    megabytes = archive.value.path().stat().st_size / 1e6
    yield "zip, until it is downloaded", f"{time.perf_counter() - begin:.1f} s, {megabytes:.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", nargs="?", type=int, default=SIZE)
    parser.add_argument("--fill", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill:
        fill(options.size)
        return
    refuse_beside_a_training()
    figures: dict[str, str] = {}
    for stack in STACKS:
        with installed(stack) as installation:
            deep = filled(installation, options.size)
            found = dict(over_http(installation.url, deep))
            with logged_in(installation.url) as page:
                found |= dict(in_a_browser(page)) | dict(all_of_it(page))
        figures |= {f"{stack}: {what}": figure for what, figure in found.items()}
    report("large_history", figures)


if __name__ == "__main__":
    main()
