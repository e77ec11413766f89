"""Who of the staff saw, changed, exported or deleted what: ids alone, no content, no names."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One thing that one member of the staff did to one object. Never changed, never deleted."""

    class Action(models.TextChoices):
        VIEWED = "viewed", _("Viewed")
        ADDED = "added", _("Added")
        CHANGED = "changed", _("Changed")
        DIAGNOSED = "diagnosed", _("Diagnosed")
        EXPORTED = "exported", _("Exported")
        DELETED = "deleted", _("Deleted")
        ACTIVATED = "activated", _("Activated")
        DEACTIVATED = "deactivated", _("Deactivated")
        RERUN = "rerun", _("Ordered to be classified again")

    at = models.DateTimeField(default=timezone.now)
    # The number stays when the account goes.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    action = models.CharField(max_length=11, choices=Action)
    kind = models.CharField(max_length=30, help_text="Of the object: prediction, user, …")
    object_id = models.CharField(max_length=36)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        default_permissions = ("view",)
        indexes = [
            models.Index(F("at").desc(), F("id").desc(), name="audit_newest_first"),
            models.Index(F("object_id"), F("at").desc(), name="audit_of_object"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.object_id[:8]}"
