"""A real Chromium, driven by Playwright, in which every error fails the test."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.installation import Installation

# Without these Chromium asks its vendor's servers for updates at each start.
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

# The first result waits for the worker to load its network, on a machine that may be busy.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@dataclass
class Troubles:
    """What went wrong in a page without anybody clicking on it."""

    console: list[str] = field(default_factory=list)
    foreign_requests: list[str] = field(default_factory=list)
    failed_requests: list[str] = field(default_factory=list)

    def watch(self, page: Page, home: str) -> None:
        def note_request(url: str) -> None:
            if not url.startswith((home, "data:", "blob:")):
                self.foreign_requests.append(url)

        def note_response(status: int, url: str) -> None:
            if status >= 400 and not is_refusal(status, url):
                self.failed_requests.append(f"{status} {url}")

        def note_message(message: ConsoleMessage) -> None:
            """Violations of the Content-Security-Policy come here too."""
            address = message.location["url"]
            if message.type == "error" and not is_refusal(_status_in(message.text), address):
                self.console.append(message.text)

        page.on("request", lambda request: note_request(request.url))
        page.on("response", lambda response: note_response(response.status, response.url))
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("console", note_message)


def is_refusal(status: int, url: str) -> bool:
    """The answer to a bad file, to one too many, or to one wrong password too many, which the page
    then shows; Chromium reports it all the same."""
    if url.endswith("/accounts/login/"):
        return status == 429
    return status in (400, 429) and url.endswith("/api/v1/predictions/")


def _status_in(text: str) -> int:
    found = re.search(r"status of (\d{3})", text)
    return int(found[1]) if found else 0


@pytest.fixture
def home(deployment: Installation) -> str:
    """The address of the installation whose pages are opened."""
    return deployment.url


@pytest.fixture
def open_page(browser: Browser, home: str) -> Iterator[Callable[..., Page]]:
    """Opens pages of a fresh browser profile; troubles of any of them fail the test at its end."""
    troubles = Troubles()
    contexts = []

    def new_page(**options: Any) -> Page:
        context = browser.new_context(
            base_url=home, **{"viewport": DESKTOP, "locale": "en-GB", **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        troubles.watch(page, home)
        return page

    yield new_page
    for context in contexts:
        context.close()
    assert troubles == Troubles()
