"""What a browser may do with our answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponseBase

# Previews of chosen files are blobs; Swagger UI's stylesheet has pictures inside.
PAGES: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
# A file opened by its address is no page of ours, whatever a browser takes it for.
FILES: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox"
UNUSED: Final = (
    "accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "display-capture",
    "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection",
    "local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "web-share",
    "xr-spatial-tracking",
)  # fmt: skip
HEADERS: Final = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
    "Cross-Origin-Resource-Policy": "same-origin",
    # All answers may be personal. Static files say themselves how long they keep.
    "Cache-Control": "private, no-store",
}


class SecurityHeaders:
    """The same strict headers on every answer, errors too: it stands before all else.

    What a view says itself stays.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        response.headers.setdefault("Content-Security-Policy", PAGES if is_page else FILES)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response
