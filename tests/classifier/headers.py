"""What every answer says to a browser."""

from __future__ import annotations

from typing import Any

from skincare.security import FILES, PAGES


def assert_safe(answer: Any, *, may_be_kept: bool = False) -> None:
    headers = answer.headers
    is_page = headers.get("Content-Type", "").startswith("text/html")
    assert headers["Content-Security-Policy"] == (PAGES if is_page else FILES)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert {"camera=()", "geolocation=()"} <= {*headers["Permissions-Policy"].split(", ")}
    assert ("no-store" in headers["Cache-Control"]) != may_be_kept
    assert "Access-Control-Allow-Origin" not in headers
    assert "Server" not in headers
    assert "X-Powered-By" not in headers
