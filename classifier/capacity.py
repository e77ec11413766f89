"""What the service can take: the workers that run, and how much each user may ask of them."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

SEEN_LATELY = datetime.timedelta(seconds=30)
"""A worker that has said nothing for longer counts as gone."""


class WorkerQuerySet(models.QuerySet["Worker"]):
    def seen_lately(self) -> WorkerQuerySet:
        return self.filter(seen_at__gte=timezone.now() - SEEN_LATELY)


class Worker(models.Model):
    """A process that classifies. It says every few seconds that it lives."""

    name = models.CharField(max_length=255, unique=True, help_text="Host and process id.")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)
    network = models.ForeignKey(
        "classifier.ModelVersion",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="workers",
        help_text="The one it has loaded; empty while it has none.",
    )
    photographs_per_second = models.FloatField(
        null=True, blank=True, help_text="While it was busy, of late."
    )

    objects = WorkerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def is_seen_lately(self) -> bool:
        return self.seen_at >= timezone.now() - SEEN_LATELY


class Quota(models.Model):
    """How much one user may ask for; an empty limit is the installation's. See `quotas`.

    Whoever checks a limit locks this row first, so that two uploads at once count each other.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="quota"
    )
    unfinished = models.PositiveIntegerField(
        null=True, blank=True, help_text="Photographs that wait or are being classified."
    )
    uploads_an_hour = models.PositiveIntegerField(null=True, blank=True)
    stored_images = models.PositiveIntegerField(null=True, blank=True)
    hour_began_at = models.DateTimeField(
        null=True, editable=False, help_text="An hour begins with its first upload."
    )
    uploads_this_hour = models.PositiveIntegerField(
        default=0, editable=False, help_text="Deleted ones, too."
    )

    unfinished_now: int
    stored_now: int
    """What there is, where `quotas` has counted it."""

    def __str__(self) -> str:
        return f"Quota of user {self.user_id}"

    def limit(self, name: str) -> int:
        """Of `unfinished`, `uploads_an_hour` or `stored_images`."""
        own: int | None = getattr(self, name)
        default: int = settings.QUOTAS[name]
        return default if own is None else own
