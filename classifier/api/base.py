"""What the rooms of the API share."""

from __future__ import annotations

from typing import Any, Final, cast

from django.contrib.auth.models import User
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

PRIVATE: Final = {"Cache-Control": "private, no-store"}


def user_of(request: Request) -> User:
    """The logged-in user: the permissions have let nobody else through."""
    return cast("User", request.user)


class JSONWhateverIsAccepted(DefaultContentNegotiation):
    """A client that accepts only image/jpeg still gets photographs, and its errors as JSON."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type
