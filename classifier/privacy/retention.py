"""How long photographs are kept, and the deletion of those whose time is over.

The installation sets a period (`RETENTION_DAYS`), a user may choose a shorter one. A photograph
that waits for its result stays until a day after it, and a user's choice counts from a day after
it was made: there is time to see the one and to take back the other.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from classifier import intake
from classifier.models import UNFINISHED, LesionImage, Prediction
from classifier.privacy.retention_records import RetentionChoice
from classifier.staff import audit

DAY: Final = datetime.timedelta(days=1)
LONGEST: Final = 36_500
BATCH: Final = 100


def longest() -> int:
    """Days that a user may choose: no more than the installation keeps anything."""
    return settings.RETENTION_DAYS or LONGEST


def choice_of(user: User) -> RetentionChoice | None:
    return RetentionChoice.objects.filter(user=user).first()


def choose(user: User, days: int | None) -> None:
    """From tomorrow on; None: as the installation has it. `days` is at most `longest()`."""
    if days is None:
        RetentionChoice.objects.filter(user=user).delete()
        return
    chosen = {"days": days, "chosen_at": timezone.now()}
    if not RetentionChoice.objects.filter(user=user, days=days).exists():
        RetentionChoice.objects.update_or_create(user=user, defaults=chosen)


def over_tomorrow(user: User) -> int:
    """How many photographs go when the user's choice begins to count."""
    choice = choice_of(user)
    if choice is None:
        return 0
    begins = choice.chosen_at + DAY
    return user.lesion_images.filter(created_at__lt=begins - choice.days * DAY).count()


def kept_until(image: LesionImage, choice: RetentionChoice | None) -> datetime.datetime | None:
    """When its time is over; None: it stays until somebody deletes it."""
    ends = []
    if settings.RETENTION_DAYS:
        ends.append(image.created_at + settings.RETENTION_DAYS * DAY)
    if choice:
        ends.append(max(image.created_at + choice.days * DAY, choice.chosen_at + DAY))
    return min(ends, default=None)


def purge(seconds: float) -> bool:
    """Delete for about that long what is over its time; whether more may be left."""
    deadline = time.monotonic() + seconds
    for over in _over(timezone.now()):
        deleted = True
        while deleted:
            deleted = False
            for pk in list(over.order_by("created_at").values_list("pk", flat=True)[:BATCH]):
                if time.monotonic() > deadline:
                    return True
                deleted |= _delete(over.filter(pk=pk), pk)
    return False


def _delete(over: QuerySet[LesionImage], pk: UUID) -> bool:
    """Unless its owner just chose otherwise, deleted it, or had it classified again."""
    with suppress(LesionImage.DoesNotExist), transaction.atomic():
        intake.delete_photograph(over)
        audit.note(None, audit.Action.DELETED, [LesionImage(pk=pk)])
        return True
    return False


def _over(now: datetime.datetime) -> Iterator[QuerySet[LesionImage]]:
    """What is over the installation's period, then over each user's own."""
    waits = Prediction.objects.filter(image=OuterRef("pk")).for_users()
    waits = waits.filter(Q(status__in=UNFINISHED) | Q(finished_at__gt=now - DAY))
    images = LesionImage.objects.filter(~Exists(waits))
    if settings.RETENTION_DAYS:
        yield images.filter(created_at__lt=now - settings.RETENTION_DAYS * DAY)
    for choice in RetentionChoice.objects.filter(chosen_at__lt=now - DAY).iterator():
        unchanged = images.filter(
            owner__retention__days=choice.days, owner__retention__chosen_at=choice.chosen_at
        )
        yield unchanged.filter(owner=choice.user_id, created_at__lt=now - choice.days * DAY)
