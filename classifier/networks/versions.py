"""Network versions, what they are asked to classify again, and what one says beside another."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classifier import class_guide
from classifier.networks import priors


class ModelVersion(models.Model):
    """A trained network. At most one is active: the one that new predictions are made with.

    At most one other is the shadow: asked too, when nothing else is to be done, for comparison.
    """

    name = models.CharField(max_length=100)
    version = models.CharField(max_length=50)
    sha256 = models.CharField(max_length=64, unique=True)
    card = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    taken_over_at = models.DateTimeField(
        default=timezone.now,
        editable=False,
        help_text="When its card last changed: workers that loaded it before load it anew.",
    )
    active = models.BooleanField(default=False)
    shadow = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["active"], condition=Q(active=True), name="one_active_model_version"
            ),
            models.UniqueConstraint(
                fields=["shadow"], condition=Q(shadow=True), name="one_shadow_model_version"
            ),
            models.CheckConstraint(
                condition=Q(active=False) | Q(shadow=False), name="no_shadow_of_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Rerun(models.Model):
    """A whole history, one user's or everybody's, classified again by one version.

    `classifier.staff.reruns` hands it to the queue bit by bit, whenever nobody waits.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="reruns")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="reruns",
        help_text="Whose history; empty: everybody's.",
    )
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField(default=0, help_text="Photographs when it was ordered.")
    queued = models.PositiveIntegerField(default=0, help_text="Handed to the queue so far.")
    passed_over = models.PositiveIntegerField(
        default=0, help_text="Being classified, or known to this version already."
    )
    position = models.UUIDField(
        null=True, blank=True, editable=False, help_text="The last photograph, by its id."
    )
    stopped_because = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(finished_at=None), name="unfinished_reruns"
            )
        ]

    def __str__(self) -> str:
        return f"Re-run {self.pk}"

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1; photographs may come and go meanwhile."""
        if self.finished_at and not self.stopped_because:
            return 1.0
        return min(1.0, (self.queued + self.passed_over) / max(1, self.total))


class ShadowResult(models.Model):
    """What the shadow says of a photograph that the active version has classified.

    Staff see it in comparisons; the photograph's owner never does.
    """

    prediction = models.ForeignKey(
        "classifier.Prediction", on_delete=models.CASCADE, related_name="shadow_results"
    )
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, related_name="shadow_results"
    )
    label = models.CharField(
        max_length=5, choices=class_guide.CHOICES, blank=True, help_text="Empty: it failed."
    )
    probabilities = models.JSONField(default=dict, blank=True)
    prior = models.CharField(max_length=priors.MAX_LENGTH, blank=True)
    in_distribution = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("shadow result")
        constraints = [
            models.UniqueConstraint(
                fields=["prediction", "model_version"], name="one_shadow_result_a_version"
            )
        ]

    def __str__(self) -> str:
        return f"Shadow result {self.pk}"
