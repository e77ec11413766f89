"""Whether a message really comes from the service, and lately."""

from __future__ import annotations

import hashlib
import hmac
import time

from skincare_client.errors import SkincareError

HEADER = "Skincare-Signature"


class InvalidSignature(SkincareError):
    """Do not believe this message."""


def verify_webhook_signature(
    body: bytes, header: str, secret: str, *, tolerance: float = 300.0, now: float | None = None
) -> None:
    """Return if `header` (`Skincare-Signature`) belongs to the raw `body`; else raise.

    A message whose time differs from `now` by more than `tolerance` seconds is refused: it may be
    an old one, sent again. Within that time its `id` tells a repetition. Raises `InvalidSignature`.
    """
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    timestamp = parts.get("t", "")
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise InvalidSignature("The signature has no time.")
    signed = timestamp.encode() + b"." + body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), parts.get("v1", "").encode()):
        raise InvalidSignature("The signature does not belong to this message and secret.")
    if abs((time.time() if now is None else now) - int(timestamp)) > tolerance:
        raise InvalidSignature("The message is too old.")
