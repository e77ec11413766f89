"""A whole history on one's own disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from skincare_client.client import Client

PLACE = ".next-page"
"""In a folder whose download was interrupted: the address of the page that comes next."""


def download_csv(client: Client, path: Path, **filters: str) -> None:
    """The history as a table for spreadsheets."""
    client.save(f"predictions/export.csv?{urlencode(filters)}", path)


def download_images(client: Client, folder: Path, **filters: str) -> Iterator[Path]:
    """The photograph of each prediction as `ID.jpg`, newest first; yields those that are new.

    Interrupted and begun again with the same filters, it goes on with the page that it was at, and
    never fetches what is there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / PLACE
    begin = place.read_text(encoding="utf-8") if place.exists() else None
    for predictions, next_page in client.pages(begin, **filters):
        for prediction in predictions:
            path = folder / f"{prediction['id']}.jpg"
            if not path.exists():
                client.save(prediction["image"]["url"], path)
                yield path
        if next_page:
            place.write_text(next_page, encoding="utf-8")
    place.unlink(missing_ok=True)
