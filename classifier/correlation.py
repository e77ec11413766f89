"""Which request a line of a log is about, in whichever process it is written.

A request has an id, which its predictions keep in their rows and its wake-up carries as a header.
"""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from classifier.models import Prediction

LENGTH: Final = 64
request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request, or the message, that this thread is at work for; empty where there is none."""

_VALID = re.compile(rf"[A-Za-z0-9-]{{8,{LENGTH}}}")


def valid_or_new(offered: str | None) -> str:
    """What the client or its proxy calls the request, if it is fit for a log; else a new id."""
    return offered if offered and _VALID.fullmatch(offered) else uuid.uuid4().hex


def current() -> str:
    """For the default of a row's column."""
    return request_id.get()


def about(prediction: Prediction, **more: Any) -> dict[str, Any]:
    """The `extra` of a line about that prediction."""
    return {"prediction_id": str(prediction.pk), "request_id": prediction.request_id, **more}
