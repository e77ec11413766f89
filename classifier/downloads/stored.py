"""Stored files on their way out: by the proxy where it can reach them, else by this process."""

from __future__ import annotations

from typing import IO

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse
from django.utils.encoding import iri_to_uri


def opened(name: str) -> IO[bytes]:
    """Raises `FileNotFoundError`."""
    file: IO[bytes] = default_storage.open(name, "rb")
    return file


def sent_by_proxy(name: str, headers: dict[str, str]) -> HttpResponse | None:
    """An answer without content, for which the proxy puts the file; None where it cannot.

    Raises `FileNotFoundError`: the proxy's own answer for that would be a page.
    """
    if not settings.MEDIA_ACCEL:
        return None
    if not default_storage.exists(name):
        raise FileNotFoundError(name)
    address = iri_to_uri(f"{settings.MEDIA_ACCEL.rstrip('/')}/{name}")
    return HttpResponse(headers={**headers, "X-Accel-Redirect": address})


def answer(name: str, headers: dict[str, str]) -> HttpResponse | FileResponse:
    """All of a file. Raises `FileNotFoundError`."""
    if by_proxy := sent_by_proxy(name, headers):
        return by_proxy
    response = FileResponse(opened(name))
    for header, value in headers.items():  # afterwards: Django names the file by itself
        response.headers[header] = value
    return response
