"""What staff confirm: the photographs without a diagnosis, newest first, and the diagnoses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery

from classifier.models import Diagnosis, LesionImage, Prediction
from classifier.staff import audit

COUNTED: Final = 1000
"""How many of those left are counted at most: the count costs the same however many there are."""


class Overtaken(Exception):
    """Somebody else recorded or corrected the diagnosis since the page was made."""


def photographs() -> QuerySet[LesionImage]:
    """Newest first, each with `prediction_id`: through any of its predictions it can be seen."""
    shown = LesionImage.objects.annotate(prediction_id=_newest_prediction())
    return shown.select_related("diagnosis").order_by("-created_at", "-id")


def undiagnosed() -> QuerySet[LesionImage]:
    # Not by EXISTS: PostgreSQL would join all predictions to find the newest photograph.
    seen = photographs().alias(newest=_newest_prediction())
    return seen.filter(newest__isnull=False, diagnosis__isnull=True)


def _newest_prediction() -> Subquery:
    newest = Prediction.objects.filter(image=OuterRef("pk")).order_by("-created_at", "-id")
    return Subquery(newest.values("pk")[:1])


def next_after(image: LesionImage | None) -> LesionImage | None:
    """The newest one without a diagnosis that is older than this; the newest of all after none."""
    left = undiagnosed()
    if image is not None:
        older = Q(created_at__lt=image.created_at)
        left = left.filter(older | Q(created_at=image.created_at, pk__lt=image.pk))
    return left.first()


def left() -> int:
    """How many wait for a diagnosis; `COUNTED + 1` stands for any more."""
    waiting = LesionImage.objects.filter(diagnosis__isnull=True)
    return waiting.order_by()[: COUNTED + 1].count()


@dataclass(frozen=True)
class Confirmed:
    label: str
    method: str
    """Of `Diagnosis.Method`."""
    note: str = ""


@transaction.atomic
def record(image: LesionImage, confirmed: Confirmed, *, seen: str, by: User) -> Diagnosis:
    """The confirmed diagnosis, or its correction.

    `seen`: the label that the page showed, empty for none. Raises `Overtaken`, or
    `LesionImage.DoesNotExist` when the photograph was just deleted.
    """
    LesionImage.objects.select_for_update().get(pk=image.pk)
    diagnosis = Diagnosis.objects.filter(image=image).first() or Diagnosis(image=image)
    if diagnosis.label != seen:
        raise Overtaken
    diagnosis.label, diagnosis.method = confirmed.label, confirmed.method
    diagnosis.note = confirmed.note
    diagnosis.diagnosed_by = by
    diagnosis.save()
    audit.note(by, audit.Action.DIAGNOSED, [image])
    return diagnosis
