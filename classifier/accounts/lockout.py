"""Who fails too often, by name and address, has to wait: django-axes counts, this asks it.

Every place that takes a password or a code goes through here or through `authenticate`. Where the
limit is met the request is marked, and whatever the view answers is replaced by the refusal of
`skincare.errors.locked_out`.
"""

from __future__ import annotations

import datetime
import math

from axes.conf import settings as axes_settings
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off, get_credentials, get_failure_limit
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone


def counted_name(request: HttpRequest, credentials: dict[str, str] | None) -> str:
    """The name as the table of failures holds it; nobody has one that is longer."""
    name = (credentials or request.POST).get("username") or ""
    return name[:255]


def knows_password(request: HttpRequest, user: User, password: str) -> bool:
    """For a password that is asked again; a wrong one counts as a failed login."""
    return authenticate(request, username=user.get_username(), password=password) is not None


def is_locked(request: HttpRequest, user: User) -> bool:
    """Before a code is looked at."""
    credentials = get_credentials(user.get_username())
    if AxesProxyHandler.is_allowed(request, credentials):
        return False
    request.axes_locked_out = True  # type: ignore[attr-defined]
    request.axes_credentials = credentials  # type: ignore[attr-defined]
    return True


def note_failure(request: HttpRequest, user: User) -> None:
    """A wrong code counts as a wrong password does."""
    credentials = get_credentials(user.get_username())
    user_login_failed.send(sender=__name__, credentials=credentials, request=request)


def forget_failures(request: HttpRequest, user: User) -> None:
    """After a success that starts no session; `login` does it by itself."""
    AxesProxyHandler.update_request(request)
    AxesProxyHandler.get_implementation().reset_user_attempts(
        request, get_credentials(user.get_username())
    )


def unlock(user: User) -> None:
    """From wherever they failed: for who has proven in another way to be the owner."""
    AccessAttempt.objects.filter(username=user.get_username()).delete()


def seconds_left(request: HttpRequest, credentials: dict[str, str] | None) -> int:
    """Until another try is looked at; at least 1."""
    AxesProxyHandler.update_request(request)
    cool_off = get_cool_off(request) or datetime.timedelta(0)
    limit = get_failure_limit(request, credentials)
    [attempts] = AxesProxyHandler.get_implementation().get_user_attempts(request, credentials)
    ends, failures = timezone.now(), 0
    # A row for each browser, each forgotten by itself: the limit is met until one of them, counted
    # from the newest, no longer adds up to it.
    for attempt in attempts.order_by("-attempt_time"):
        failures += attempt.failures_since_start
        if failures >= limit:
            ends = attempt.attempt_time + cool_off
            break
    return max(1, math.ceil((ends - timezone.now()).total_seconds()))


def forget_old() -> None:
    """Names and addresses are not kept for longer than they count."""
    threshold = timezone.now() - axes_settings.AXES_COOLOFF_TIME
    AccessAttempt.objects.filter(attempt_time__lt=threshold).delete()


@receiver(post_delete, sender=User)
def forget_with_account(instance: User, **_: object) -> None:
    unlock(instance)
