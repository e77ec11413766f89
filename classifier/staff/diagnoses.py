"""The confirmed diagnosis of a photograph: what predictions are measured against."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import class_guide


class Diagnosis(models.Model):
    """One a photograph; a correction takes its place."""

    class Method(models.TextChoices):
        """HAM10000's own terms."""

        HISTOPATHOLOGY = "histo", _("Histopathology")
        FOLLOW_UP = "follow_up", _("Follow-up")
        CONSENSUS = "consensus", _("Expert consensus")
        CONFOCAL = "confocal", _("Confocal microscopy")

    image = models.OneToOneField(
        "classifier.LesionImage", on_delete=models.CASCADE, related_name="diagnosis"
    )
    label = models.CharField(max_length=5, choices=class_guide.CHOICES)
    method = models.CharField(max_length=10, choices=Method)
    note = models.TextField(max_length=2000, blank=True, help_text="For the staff.")
    diagnosed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "diagnoses"

    def __str__(self) -> str:
        return f"{self.label} by {self.get_method_display().lower()}"
