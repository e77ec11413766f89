"""What a person does with the pages, step by step."""

from __future__ import annotations

import itertools
from typing import Any

from playwright.sync_api import FilePayload, Page

PASSWORD = "a long and quiet password"
_numbers = itertools.count()


def sign_up(page: Page) -> str:
    """A new account; returns its name. Ends on the upload page."""
    name = f"person{next(_numbers)}"
    page.goto("/")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password confirmation").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("heading", name="Upload photographs").wait_for()
    page.wait_for_load_state("load")
    return name


def photograph(content: bytes, name: str = "lesion.jpg") -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def upload(page: Page, *files: FilePayload, **fields: Any) -> None:
    page.goto("/upload/")  # waits for the page's script, where following the link does not
    page.get_by_label("Photographs", exact=True).set_input_files(list(files))
    for label, value in fields.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Classify").click()
