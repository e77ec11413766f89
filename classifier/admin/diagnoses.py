"""Confirmed diagnoses; recorded on the review page or on the photograph's."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifier.admin.base import MadeByTheService
from classifier.models import Diagnosis


@admin.register(Diagnosis)
class DiagnosisAdmin(MadeByTheService):
    list_display = ("__str__", "photograph", "label", "method", "diagnosed_by", "created_at")
    list_filter = ("label", "method", "created_at")
    list_select_related = ("image", "diagnosed_by")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    search_fields = ("=image__id", "diagnosed_by__username", "note")
    search_help_text = "Whole id of the photograph, who diagnosed, a word of the note"

    @admin.display(description="photograph")
    def photograph(self, diagnosis: Diagnosis) -> SafeString | str:
        path = reverse("admin:classifier_lesionimage_change", args=[diagnosis.image_id])
        return format_html('<a href="{}">{}</a>', path, diagnosis.image)
