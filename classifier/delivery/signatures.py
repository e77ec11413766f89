"""The signature of what is posted: whoever knows the secret sees that it is ours, and how old."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

HEADER: Final = "Skincare-Signature"
DELIVERY_HEADER: Final = "Skincare-Delivery"


def sign(secret: str, body: bytes, *, timestamp: int) -> str:
    """The header's value: `t=TIMESTAMP,v1=HEX`, HEX being HMAC-SHA256 of `TIMESTAMP.BODY`.

    The key is the secret's text in UTF-8; the timestamp is in seconds since 1970.
    """
    signed = str(timestamp).encode() + b"." + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"
