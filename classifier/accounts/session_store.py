"""Django's sessions in the database, in a table that knows whose they are."""

from __future__ import annotations

import datetime
from typing import Any, Final, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

from classifier.accounts.session_records import Session

USED_EVERY: Final = datetime.timedelta(minutes=5)
"""So often, at most, a use is written down."""


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast("Session", super().create_model_instance(data))
        session.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return session

    def _get_session_from_db(self) -> Session | None:
        session: Session | None = super()._get_session_from_db()  # type: ignore[misc]
        now = timezone.now()
        if session and session.user_id and session.last_used_at < now - USED_EVERY:
            Session.objects.filter(pk=session.pk).update(last_used_at=now)
        return session
