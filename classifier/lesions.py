"""Lesions over time: which photographs show the same spot, and how its results went."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from classifier.models import LesionImage, Prediction, Status
from classifier.records import Lesion


@dataclass(frozen=True)
class Visit:
    """One photograph of a lesion with its latest result."""

    day: datetime.date
    prediction: Prediction

    @property
    def is_recognised(self) -> bool:
        """Whether there are percentages that mean something."""
        succeeded = self.prediction.status == Status.SUCCEEDED
        return succeeded and not self.prediction.out_of_distribution


class NameTaken(Exception):
    """The owner has a lesion of that name."""


@contextmanager
def named() -> Iterator[None]:
    """Around whatever gives a lesion its name; the database decides. Raises `NameTaken`."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise NameTaken from error


def lesions_of(user: User) -> QuerySet[Lesion]:
    """With the number of their photographs and the day of the last one."""
    counted = Lesion.objects.filter(owner=user).annotate(
        count=Count("images"), latest=Max("images__created_at")
    )
    return counted.order_by("name")


def put(image: LesionImage, lesion: Lesion | None, *, new_name: str = "") -> Lesion | None:
    """Say which lesion the photograph shows: a known one, a new one by its name, or none.

    A name that the owner has already given is that lesion.
    """
    with transaction.atomic():
        if new_name:
            lesion, _ = Lesion.objects.get_or_create(owner_id=image.owner_id, name=new_name)
        image.lesion = lesion
        image.save(update_fields=["lesion"])
    return lesion


def course(lesion: Lesion) -> list[Visit]:
    """The lesion's photographs in the order in which they were taken."""
    latest: dict[object, Prediction] = {}
    predictions = Prediction.objects.filter(image__lesion=lesion).with_details()
    for prediction in predictions.order_by("created_at", "id"):
        known = latest.get(prediction.image_id)
        # A later attempt that failed does not hide the result that there is.
        if known is None or known.status != Status.SUCCEEDED or prediction.status == known.status:
            latest[prediction.image_id] = prediction
    visits = [Visit(_day(prediction.image), prediction) for prediction in latest.values()]
    return sorted(visits, key=lambda visit: (visit.day, visit.prediction.image.created_at))


def _day(image: LesionImage) -> datetime.date:
    return image.taken_on or timezone.localdate(image.created_at)
