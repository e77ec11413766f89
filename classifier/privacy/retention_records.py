"""The record of how long a user wants photographs to be kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class RetentionChoice(models.Model):
    """A user's own period, shorter than the installation's. See `retention`."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="retention",
    )
    days = models.PositiveIntegerField()
    """From the upload."""
    chosen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Retention of user {self.user_id}"
