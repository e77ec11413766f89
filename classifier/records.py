"""What a user keeps besides photographs and predictions: lesions, API tokens, archives."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class Lesion(models.Model):
    """One spot on the skin, of which there are photographs from several days."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lesions"
    )
    name = models.CharField(max_length=100, help_text="The owner's own words.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="one_lesion_of_a_name_an_owner")
        ]

    def __str__(self) -> str:
        return f"Lesion {str(self.pk)[:8]}"


class ApiToken(models.Model):
    """A password for one program, shown once: only its digest is kept."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256.")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"API token {self.pk}"


def archive_path(archive: Archive, _name: str = "") -> str:
    return f"archives/{archive.pk.hex}.zip"


class Archive(models.Model):
    """A zip of photographs and results that the worker builds, bit by bit, for a download."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="archives"
    )
    selection = models.JSONField(default=list, help_text="Ids of predictions.")
    everything = models.BooleanField(default=False, help_text="With the account's own data.")
    done = models.PositiveIntegerField(default=0, help_text="Of the selection.")
    claimed_until = models.DateTimeField(null=True, blank=True, help_text="End of the lease.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    failed = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="archives_by_age")]

    def __str__(self) -> str:
        return f"Archive {str(self.pk)[:8]}"

    @property
    def total(self) -> int:
        return len(self.selection)

    @property
    def is_ready(self) -> bool:
        return self.finished_at is not None and not self.failed
