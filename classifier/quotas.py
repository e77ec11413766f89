"""How much a user may ask of the service: three limits, each with a sentence for who meets it.

The counts are made under a lock on the user's `Quota`, in the transaction that then stores what
was asked for: two uploads at once cannot both take the last place.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import ngettext

from classifier.capacity import Quota
from classifier.models import Prediction
from classifier.waiting import estimated_wait, in_words

HOUR = datetime.timedelta(hours=1)

# By hand: to put such a query together takes Django 2 ms of each upload, and this nothing.
_UNFINISHED: Final = """SELECT quota.*, (
    SELECT COUNT(*) FROM classifier_prediction
    WHERE owner_id = quota.user_id AND requested_version_id IS NULL
    AND status IN ('queued', 'running')
) AS unfinished_now"""
_STORED: Final = """, (
    SELECT COUNT(*) FROM classifier_lesionimage WHERE owner_id = quota.user_id
) AS stored_now"""
_OF_USER: Final = " FROM classifier_quota AS quota WHERE quota.user_id = %s"


@dataclass
class QuotaExceeded(Exception):
    """`message` says which limit, how large it is and when to try again, in the user's language."""

    code: str
    message: str
    retry_after: int
    """Seconds."""

    def __str__(self) -> str:
        return self.message


class Use(NamedTuple):
    used: int
    limit: int


@dataclass(frozen=True)
class Usage:
    """How much of each limit a user has used up."""

    unfinished: Use
    uploads: Use
    stored: Use
    anew_at: datetime.datetime | None
    """When the hour of the uploads is over; None while none has begun."""


def usage(user: User) -> Usage:
    """For the user to see; nothing is locked."""
    quota = Quota.objects.filter(user=user).first() or Quota(user=user)
    over, began = _hour_is_over(quota), quota.hour_began_at
    unfinished = Prediction.objects.filter(owner=user).unfinished()
    return Usage(
        unfinished=Use(unfinished.count(), quota.limit("unfinished")),
        uploads=Use(0 if over else quota.uploads_this_hour, quota.limit("uploads_an_hour")),
        stored=Use(user.lesion_images.count(), quota.limit("stored_images")),
        anew_at=None if over or began is None else began + HOUR,
    )


def refuse_early(user: User) -> None:
    """Before the costly work: refuse what comes too fast. Raises `QuotaExceeded`.

    Not for what is stored: that limit is met slowly, and counting costs more with each photograph.
    Who has no `Quota` yet has handed in nothing.
    """
    for quota in Quota.objects.raw(_UNFINISHED + _OF_USER, [user.pk]):
        _check_unfinished(quota)
        _check_hour(quota, quota.uploads_this_hour)


def take_upload(user: User) -> None:
    """One more photograph, in the caller's transaction, which `QuotaExceeded` has to end."""
    quota = _locked(user, uploads=1)
    _check_unfinished(quota)
    _check_hour(quota, quota.uploads_this_hour - 1)
    _check_stored(quota)
    if _hour_is_over(quota):
        quota.hour_began_at, quota.uploads_this_hour = timezone.now(), 1
        quota.save(update_fields=["hour_began_at", "uploads_this_hour"])


def take_retry(user: User) -> None:
    """One more prediction of a stored photograph. Raises `QuotaExceeded`."""
    _check_unfinished(_locked(user, uploads=0))


def _locked(user: User, *, uploads: int) -> Quota:
    """The user's counts, with so many more uploads.

    The UPDATE locks the row. Counting is a second query, since one that had to wait for the lock
    would not see what was stored meanwhile.
    """
    more = F("uploads_this_hour") + uploads
    if not Quota.objects.filter(user=user).update(uploads_this_hour=more):  # the first time
        Quota.objects.get_or_create(user=user)
        Quota.objects.filter(user=user).update(uploads_this_hour=more)
    return Quota.objects.raw(_UNFINISHED + _STORED + _OF_USER, [user.pk])[0]


def _check_hour(quota: Quota, used: int) -> None:
    limit = quota.limit("uploads_an_hour")
    if not _hour_is_over(quota) and used >= limit:
        raise _too_many_an_hour(quota, limit)


def _check_stored(quota: Quota) -> None:
    limit = quota.limit("stored_images")
    if quota.stored_now >= limit:
        sentence = ngettext(
            "You have %(limit)s stored photograph, which is the limit. "
            "You can upload again once you have deleted it.",
            "You have %(limit)s stored photographs, which is the limit. "
            "You can upload again once you have deleted some.",
            limit,
        )
        raise QuotaExceeded("too_many_stored", sentence % {"limit": _grouped(limit)}, 3600)


def _check_unfinished(quota: Quota) -> None:
    limit = quota.limit("unfinished")
    if quota.unfinished_now < limit:
        return
    unfinished = Prediction.objects.filter(owner_id=quota.user_id).unfinished().for_users()
    oldest = unfinished.order_by("created_at", "id").first()
    seconds = max(1, math.ceil((oldest and estimated_wait(oldest)) or 10))
    sentence = ngettext(
        "%(limit)s of your photographs waits for its result, which is the limit. "
        "Try again in about %(wait)s.",
        "%(limit)s of your photographs wait for their results, which is the limit. "
        "Try again in about %(wait)s.",
        limit,
    )
    words = {"limit": _grouped(limit), "wait": in_words(seconds)}
    raise QuotaExceeded("too_many_unfinished", sentence % words, seconds)


def _too_many_an_hour(quota: Quota, limit: int) -> QuotaExceeded:
    assert quota.hour_began_at is not None  # noqa: S101  # an hour that is not over has begun
    seconds = math.ceil((quota.hour_began_at + HOUR - timezone.now()).total_seconds())
    sentence = ngettext(
        "You have uploaded %(limit)s photograph within an hour, which is the limit. "
        "Try again in %(wait)s.",
        "You have uploaded %(limit)s photographs within an hour, which is the limit. "
        "Try again in %(wait)s.",
        limit,
    )
    words = {"limit": _grouped(limit), "wait": in_words(seconds)}
    return QuotaExceeded("too_many_uploads", sentence % words, max(1, seconds))


def _grouped(number: int) -> str:
    """10000 → "10,000", by the reader's locale."""
    return str(number_format(number, force_grouping=True))


def _hour_is_over(quota: Quota) -> bool:
    return quota.hour_began_at is None or timezone.now() >= quota.hour_began_at + HOUR
