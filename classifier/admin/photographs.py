"""Photographs, each with its predictions and its confirmed diagnosis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifier.admin.base import Audited, Large, ShowsPhotographs, staff, thumbnail
from classifier.models import Diagnosis, LesionImage, Prediction
from classifier.staff import audit


class DiagnosisInline(admin.StackedInline):
    model = Diagnosis
    extra = 0


class PredictionInline(admin.TabularInline):
    """What has been said of it; each row leads to its page."""

    model = Prediction
    fields = readonly_fields = (
        "status", "label", "probability", "model_version", "created_at",
    )  # fmt: skip
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        rows = super().get_queryset(request).select_related("model_version")
        return rows.defer("class_maps", "model_version__card").order_by("-created_at", "-id")


@admin.register(LesionImage)
class LesionImageAdmin(Large, ShowsPhotographs, Audited):
    list_display = ("thumbnail_shown", "__str__", "owner", "body_site", "taken_on", "created_at")
    list_display_links = ("thumbnail_shown", "__str__")
    list_filter = (
        "body_site", "created_at", ("diagnosis", admin.EmptyFieldListFilter), "diagnosis__label",
    )  # fmt: skip
    list_select_related = ("owner", "diagnosis")
    search_fields = ("owner__username", "note")
    search_help_text = "Whole id, owner or a word of the note"
    fields = (
        "photograph_shown", "owner", "width", "height", "body_site", "taken_on", "note",
        "sha256", "created_at",
    )  # fmt: skip
    readonly_fields = fields
    inlines = [DiagnosisInline, PredictionInline]

    class Media:
        css = {"all": ["admin.css"]}

    @admin.display(description="photograph")
    def thumbnail_shown(self, image: Any) -> SafeString | str:
        return thumbnail(image.prediction_id)

    @admin.display(description="photograph")
    def photograph_shown(self, image: Any) -> SafeString | str:
        if image.prediction_id is None:
            return "–"
        path = reverse("api:prediction-image", args=[image.prediction_id])
        return format_html('<img src="{}" alt="The photograph" class="photograph">', path)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LesionImage]:
        newest = Prediction.objects.filter(image=OuterRef("pk")).order_by("-created_at", "-id")
        rows: QuerySet[LesionImage] = super().get_queryset(request)
        shown: QuerySet[LesionImage] = rows.annotate(
            prediction_id=Subquery(newest.values("pk")[:1])
        )
        return shown

    def photographs_of(self, row: LesionImage) -> Iterable[LesionImage]:
        return [row]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """No filter in the address may spell out the file names, which are not shown."""
        return not lookup.startswith("original_name") and super().lookup_allowed(
            lookup, value, request
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """All that is changed here is the diagnosis."""
        return request.user.has_perm("classifier.change_diagnosis")

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """What changes is noted as the diagnosis that it is."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for diagnosis in formset.save(commit=False):
            diagnosis.diagnosed_by = staff(request)
            diagnosis.save()
            audit.note(staff(request), audit.Action.DIAGNOSED, [diagnosis.image])
        for diagnosis in formset.deleted_objects:
            audit.note(staff(request), audit.Action.DELETED, [diagnosis])
            diagnosis.delete()
