"""Whose password was right and whose code is still to come: in the session, for ten minutes."""

from __future__ import annotations

import time
from typing import Final

from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

BACKEND: Final = "classifier.accounts.backends.PasswordBackend"
SECONDS: Final = 600
KEY: Final = "password_given"


def remember(request: HttpRequest, user: User) -> None:
    request.session.cycle_key()  # whoever knew the one before does not get half way, too
    request.session[KEY] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "until": time.time() + SECONDS,
    }


def who(request: HttpRequest) -> User | None:
    """None where nobody is half way, or was so too long ago, or has another password since."""
    given = request.session.get(KEY)
    if not given or given["until"] < time.time():
        return None
    user = User.objects.filter(pk=given["user"], is_active=True).first()
    if user and constant_time_compare(given["hash"], user.get_session_auth_hash()):
        return user
    return None


def finish(request: HttpRequest, user: User) -> None:
    del request.session[KEY]
    login(request, user, backend=BACKEND)
