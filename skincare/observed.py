"""Around every request: its id, its time, and one line in the log.

What names people or photographs (the address, its query, who asks and from where) is in none of
them: an address is told by its name in the URLconf.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from classifier import correlation
from classifier.metrics import measures

logger = logging.getLogger("skincare.access")

HEADER: Final = "X-Request-ID"
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OFTEN: Final = ("healthz", "readyz", "metrics", "static")
"""Asked by machines or beside every page: told only at level DEBUG."""


class ObservedRequests:
    """The outermost middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = correlation.valid_or_new(request.headers.get(HEADER))
        # Kept until this thread's next request: what is streamed is still of this one.
        correlation.request_id.set(name)
        begin = time.perf_counter()
        response = self.get_response(request)
        _note(request, response.status_code, time.perf_counter() - begin)
        response.headers[HEADER] = name
        return response


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    route = route_of(request)
    method = request.method if request.method in METHODS else "other"
    measures.REQUESTS.observe(seconds, route, str(method), str(status))
    told = {"route": route, "method": method, "status": status, "seconds": round(seconds, 4)}
    level = logging.DEBUG if route in OFTEN and status < 500 else logging.INFO
    logger.log(level, "%s %s %d", method, route, status, extra=told)


def route_of(request: HttpRequest) -> str:
    """The address's name; "none" where there is no such address."""
    if request.resolver_match:
        return request.resolver_match.view_name or "unnamed"
    return "static" if request.path.startswith(f"/{settings.STATIC_URL.strip('/')}/") else "none"
