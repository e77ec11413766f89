"""Staff browse photographs and predictions. File names are the owner's alone: not shown here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from rest_framework.authtoken.models import TokenProxy

from classifier import queue
from classifier.capacity import Quota, Worker
from classifier.models import Diagnosis, LesionImage, ModelVersion, Prediction

# It would show every user's API token.
admin.site.unregister(TokenProxy)
admin.site.site_header = admin.site.site_title = "Skincare administration"


def _thumbnail(prediction: Prediction | None) -> SafeString | str:
    if prediction is None:
        return "–"
    path = reverse("api:prediction-thumbnail", args=[prediction.pk])
    return format_html('<img src="{}" alt="" height="64" loading="lazy">', path)


class MadeByTheService(admin.ModelAdmin):
    """Staff look and delete; only the service itself adds and changes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DiagnosisInline(admin.StackedInline):
    model = Diagnosis
    extra = 0


@admin.register(LesionImage)
class LesionImageAdmin(admin.ModelAdmin):
    list_display = ("thumbnail_shown", "__str__", "owner", "body_site", "taken_on", "created_at")
    list_display_links = ("thumbnail_shown", "__str__")
    list_filter = ("body_site", "created_at")
    list_select_related = ("owner",)
    search_fields = ("=id", "owner__username", "note")
    search_help_text = "Whole id, owner or a word of the note"
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    fields = (
        "thumbnail_shown", "owner", "width", "height", "body_site", "taken_on", "note",
        "sha256", "created_at",
    )  # fmt: skip
    readonly_fields = fields
    inlines = [DiagnosisInline]

    @admin.display(description="photograph")
    def thumbnail_shown(self, image: LesionImage) -> SafeString | str:
        return _thumbnail(next(iter(image.predictions.all()), None))

    def get_queryset(self, request: HttpRequest) -> QuerySet[LesionImage]:
        return super().get_queryset(request).prefetch_related("predictions")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """No filter in the address may spell out the file names, which are not shown."""
        return not lookup.startswith("original_name") and super().lookup_allowed(
            lookup, value, request
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for diagnosis in formset.save(commit=False):
            diagnosis.diagnosed_by = request.user
            diagnosis.save()
        for diagnosis in formset.deleted_objects:
            diagnosis.delete()


@admin.register(Prediction)
class PredictionAdmin(MadeByTheService):
    list_display = (
        "thumbnail_shown", "__str__", "status", "label", "probability_shown", "recognised", "owner",
        "created_at", "model_version",
    )  # fmt: skip
    readonly_fields = ("heatmap_shown",)
    list_display_links = ("thumbnail_shown", "__str__")
    list_filter = ("status", "label", "model_version", "created_at")
    list_select_related = ("owner", "model_version", "image")
    search_fields = ("=id", "=image__id", "owner__username", "image__note", "error_code")
    search_help_text = "Whole id, owner, a word of the note or an error code"
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    actions = ("recover",)

    @admin.action(description="Recover what lost workers hold (all of it, not only the selected)")
    def recover(self, request: HttpRequest, _selected: QuerySet[Prediction]) -> None:
        self.message_user(request, str(queue.recover()), messages.SUCCESS)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only together with the photograph, so that none stays behind without a history."""
        match = request.resolver_match
        here = match is not None and (match.url_name or "").startswith("classifier_prediction_")
        return not here and super().has_delete_permission(request, obj)

    @admin.display(description="photograph")
    def thumbnail_shown(self, prediction: Prediction) -> SafeString | str:
        return _thumbnail(prediction)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        return super().get_queryset(request).defer("class_maps")

    @admin.display(description="recognised", ordering="in_distribution", boolean=True)
    def recognised(self, prediction: Prediction) -> bool | None:
        """Whether it looks like a lesion; unknown where the network has no such score."""
        return None if prediction.in_distribution is None else not prediction.out_of_distribution

    @admin.display(description="where the network looked")
    def heatmap_shown(self, prediction: Prediction) -> SafeString | str:
        if prediction.class_maps is None:
            return "–"
        path = reverse("api:prediction-heatmap", args=[prediction.pk])
        return format_html('<img src="{}" alt="" height="300">', path)

    @admin.display(description="probability", ordering="probability")
    def probability_shown(self, prediction: Prediction) -> str:
        return "–" if prediction.probability is None else f"{prediction.probability:.1%}"


@admin.register(ModelVersion)
class ModelVersionAdmin(MadeByTheService):
    list_display = ("__str__", "active", "created_at", "sha256")
    list_filter = ("active",)


@admin.register(Diagnosis)
class DiagnosisAdmin(MadeByTheService):
    list_display = ("image", "label", "method", "diagnosed_by", "created_at")
    list_filter = ("label", "method")
    list_select_related = ("image", "diagnosed_by")


@admin.register(Worker)
class WorkerAdmin(MadeByTheService):
    list_display = ("__str__", "network", "photographs_per_second", "seen_at", "started_at")
    list_select_related = ("network",)


@admin.register(Quota)
class QuotaAdmin(admin.ModelAdmin):
    """An empty limit is the installation's."""

    list_display = ("user", "unfinished", "uploads_an_hour", "stored_images")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    autocomplete_fields = ("user",)
    fields = ("user", "unfinished", "uploads_an_hour", "stored_images")


from classifier import admin_webhooks  # noqa: E402, F401  (registers its own)
