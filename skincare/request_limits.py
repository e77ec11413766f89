"""How large a request may be: its body as a whole, and each file in it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponseBase

from skincare.errors import too_large


class BoundedBody:
    """Refuses by the length that the request states, before anything of its body is read.

    Without a stated length Django reads nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        stated = request.META.get("CONTENT_LENGTH") or "0"
        if stated.isdecimal() and int(stated) > settings.REQUEST_MAX_BYTES:
            return too_large(request)
        return self.get_response(request)


class BoundedFileHandler(TemporaryFileUploadHandler):
    """Writes no more of a file than is needed to see that it is too large; its size stays true."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start > settings.UPLOAD_MAX_BYTES:
            return None
        return super().receive_data_chunk(raw_data, start)
