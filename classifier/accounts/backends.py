"""Django's own check of a password, for guesses that are sent all at once."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from classifier.accounts import lockout


class PasswordBackend(ModelBackend):
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """Looked at again after the slow part: others may have met the limit meanwhile."""
        user = super().authenticate(request, username, password, **kwargs)
        if request and user and lockout.is_locked(request, user):
            return None
        return user
