"""Where a user is logged in: listed, and ended one by one or all at once."""

from __future__ import annotations

import datetime
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from classifier.accounts.session_records import Session
from skincare.client_address import client_address, shortened

SHOWN: Final = 50
BROWSERS: Final = (
    ("Edge", r"\bEdg(e|A|iOS)?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(Chrome|CriOS|Chromium|HeadlessChrome)/"),
    ("Safari", r"\bSafari/"),
)
"""In this order: most call themselves by the names of those below, too."""
SYSTEMS: Final = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMac OS X\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b"),
)


@dataclass(frozen=True)
class OpenSession:
    handle: str
    """Names it in an address; its key, which opens it, cannot be had from that."""
    browser: str
    system: str
    address: str
    last_used_at: datetime.datetime
    is_this: bool


@receiver(user_logged_in)
def describe(request: HttpRequest, **_: object) -> None:
    """For the list: which program on which system, and the address, shortened."""
    agent = request.headers.get("user-agent", "")
    request.session["browser"] = _first(BROWSERS, agent)
    request.session["system"] = _first(SYSTEMS, agent)
    request.session["address"] = shortened(client_address(request))


def open_sessions(user: User, this: SessionBase) -> list[OpenSession]:
    """Those used last come first; at most `SHOWN`."""
    found = []
    for session in _of(user).order_by("-last_used_at")[:SHOWN]:
        said = session.get_decoded()
        found.append(
            OpenSession(
                handle=_handle(session.session_key),
                browser=said.get("browser", ""),
                system=said.get("system", ""),
                address=said.get("address", ""),
                last_used_at=session.last_used_at,
                is_this=session.session_key == this.session_key,
            )
        )
    return found


def end(user: User, handle: str) -> bool:
    """Whether the user had such a session."""
    keys = [key for key in _of(user).values_list("pk", flat=True) if _handle(key) == handle]
    return Session.objects.filter(pk__in=keys).delete()[0] > 0


def end_others(user: User, this: SessionBase) -> None:
    Session.objects.filter(user=user).exclude(pk=this.session_key).delete()


def forget_expired() -> None:
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


def _of(user: User) -> QuerySet[Session]:
    return Session.objects.filter(user=user, expire_date__gt=timezone.now())


def _handle(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, agent)), "")
