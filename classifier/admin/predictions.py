"""Predictions: read-only, with the seven bars and the heatmap; what staff can do with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifier.admin.base import Large, MadeByTheService, ShowsPhotographs, thumbnail
from classifier.admin.prediction_actions import PredictionActions
from classifier.models import LesionImage, ModelVersion, Prediction


class VersionFilter(admin.RelatedFieldListFilter):
    """By name: Django's own reads the cards, too."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[str, Any]]:
        versions = ModelVersion.objects.defer("card").order_by("-created_at")
        return [(str(version.pk), str(version)) for version in versions]


@admin.register(Prediction)
class PredictionAdmin(PredictionActions, Large, ShowsPhotographs, MadeByTheService):
    list_display = (
        "thumbnail_shown", "__str__", "status", "label", "probability_shown", "created_at", "owner",
        "model_version", "recognised",
    )  # fmt: skip
    list_display_links = ("thumbnail_shown", "__str__")
    list_filter = ("status", "label", ("model_version", VersionFilter), "created_at")
    list_select_related = ("owner", "model_version", "image")
    search_fields = ("owner__username", "=error_code", "image__note")
    ids = ("pk", "image")
    search_help_text = "Whole id (of a prediction or a photograph), owner, error code, word of note"
    fieldsets = (
        (None, {"fields": ("image", "owner", "status", "label", "bars_shown", "heatmap_shown")}),
        (
            "What it rests on",
            {"fields": ("model_version", "prior", "in_distribution", "warnings", "probabilities")},
        ),
        (
            "How it came about",
            {
                "fields": (
                    "requested_version", "attempt", "created_at", "started_at", "finished_at",
                    "claimed_until", "error_code", "error_message",
                )
            },
        ),
    )  # fmt: skip
    readonly_fields = ("bars_shown", "heatmap_shown")

    class Media:
        css = {"all": ["admin.css"]}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only together with the photograph, so that none stays behind without a history."""
        match = request.resolver_match
        here = match is not None and (match.url_name or "").startswith("classifier_prediction_")
        return not here and super().has_delete_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        rows = super().get_queryset(request)
        if getattr(request.resolver_match, "url_name", "") == "classifier_prediction_change":
            return rows.select_related("owner", "model_version", "requested_version", "image")
        return rows.defer("class_maps", "model_version__card")

    def photographs_of(self, row: Prediction) -> Iterable[LesionImage]:
        return [row.image]

    @admin.display(description="photograph")
    def thumbnail_shown(self, prediction: Prediction) -> SafeString | str:
        return thumbnail(prediction.pk)

    @admin.display(description="recognised", boolean=True)
    def recognised(self, prediction: Prediction) -> bool | None:
        """Whether it looks like a lesion; unknown where the network has no such score."""
        return None if prediction.in_distribution is None else not prediction.out_of_distribution

    @admin.display(description="probability")
    def probability_shown(self, prediction: Prediction) -> str:
        return "–" if prediction.probability is None else f"{prediction.probability:.1%}"

    @admin.display(description="the seven classes")
    def bars_shown(self, prediction: Prediction) -> SafeString | str:
        if not prediction.probabilities:
            return "–"
        return render_to_string("admin/classifier/bars.html", {"prediction": prediction})

    @admin.display(description="where the network looked")
    def heatmap_shown(self, prediction: Prediction) -> SafeString | str:
        name = "heatmap" if prediction.class_maps is not None else "image"
        path = reverse(f"api:prediction-{name}", args=[prediction.pk])
        words = "The photograph, coloured by the heatmap" if name == "heatmap" else "The photograph"
        return format_html('<img src="{}" alt="{}" class="photograph">', path, words)
