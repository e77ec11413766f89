"""The record of a session: Django's own, with whose it is and when it was last used."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class Session(AbstractBaseSession):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="sessions"
    )
    last_used_at = models.DateTimeField(auto_now=True)

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from classifier.accounts.session_store import SessionStore  # which needs this record

        return SessionStore
