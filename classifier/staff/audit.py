"""What the staff did, written down: who, when, what to which object. Ids alone."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Model
from django.utils import timezone

from classifier.models import AuditEntry, LesionImage

Action = AuditEntry.Action

ONCE_IN: Final = datetime.timedelta(hours=1)
"""A photograph that one member of the staff looks at again and again is noted once in this time."""


def note(actor: User | None, action: str, objects: Iterable[Model]) -> None:
    """That `actor`, or without one the service itself, did so to each of the objects."""
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(
                actor_id=actor.pk if actor else None,
                action=action,
                kind=one._meta.model_name or "",
                object_id=str(one.pk),
            )
            for one in objects
        ],
        batch_size=1000,
    )


def saw(actor: User, images: Iterable[LesionImage]) -> None:
    """That `actor` was shown these photographs; one's own are nobody else's business.

    Two queries, however many.
    """
    seen = {str(image.pk): image for image in images if image.owner_id != actor.pk}
    lately = AuditEntry.objects.filter(
        object_id__in=seen, at__gte=timezone.now() - ONCE_IN, actor=actor, action=Action.VIEWED
    )
    for known in lately.values_list("object_id", flat=True):
        seen.pop(known, None)
    note(actor, Action.VIEWED, seen.values())
