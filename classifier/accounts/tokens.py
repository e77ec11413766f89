"""API tokens: made under a name, shown once, kept as a digest, revoked one by one."""

from __future__ import annotations

import datetime
import hashlib
import secrets
from typing import Final

from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.authtoken.models import Token

from classifier.delivery import webhooks
from classifier.records import ApiToken

PREFIX: Final = "skincare_"
"""Tells our tokens from others where one is found lying about."""
USED_EVERY: Final = datetime.timedelta(minutes=5)
"""So often, at most, a use is written down."""


def issue(owner: User, name: str) -> str:
    """A new token; it is not kept and cannot be shown again."""
    return make(owner, name)[1]


def make(owner: User, name: str) -> tuple[ApiToken, str]:
    """The same with its row, by which it can be revoked."""
    key = PREFIX + secrets.token_urlsafe(32)
    return ApiToken.objects.create(owner=owner, name=name, digest=_digest(key)), key


def owner_of(key: str) -> User | None:
    """Whose token that is; None for a token that nobody has, or of who may not log in any more."""
    try:
        token = ApiToken.objects.select_related("owner").get(digest=_digest(key))
    except ApiToken.DoesNotExist:
        return None
    if not token.owner.is_active:
        return None
    now = timezone.now()
    # A look first: each UPDATE, also of nothing, takes SQLite's one write lock.
    if token.last_used_at is None or token.last_used_at < now - USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token.owner


def revoke_all(owner: User) -> None:
    """Whoever knew the old password may hold tokens that it opened, or have results sent away."""
    Token.objects.filter(user=owner).delete()
    ApiToken.objects.filter(owner=owner).delete()
    webhooks.switch_off(webhooks.webhooks_of(owner), because=webhooks.NEW_PASSWORD)


def _digest(key: str) -> str:
    """A token is long and random, so a fast digest is enough and can be looked up."""
    return hashlib.sha256(key.encode()).hexdigest()
