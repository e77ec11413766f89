"""Network versions: which one serves, which is compared with it, what is classified again."""

from __future__ import annotations

import json

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifier.admin.base import MadeByTheService, staff
from classifier.models import ModelVersion, Rerun
from classifier.networks import registry
from classifier.staff import audit, reruns
from ml.artifact import ArtifactError


@admin.register(ModelVersion)
class ModelVersionAdmin(MadeByTheService):
    """Made by `manage.py register_model`."""

    list_display = ("__str__", "active", "shadow", "created_at", "sha256")
    list_filter = ("active", "shadow")
    search_fields = ("name", "sha256__startswith")
    search_help_text = "Name, or how the sha256 begins"
    ordering = ("-active", "-shadow", "-created_at")
    fields = readonly_fields = (
        "name", "version", "active", "shadow", "sha256", "created_at", "taken_over_at",
        "card_shown",
    )  # fmt: skip
    actions = ("activate", "deactivate", "cast_shadow", "rerun_everything")

    class Media:
        css = {"all": ["admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        rows = super().get_queryset(request)
        here = getattr(request.resolver_match, "url_name", "")
        return rows.defer("card") if here == "classifier_modelversion_changelist" else rows

    @admin.display(description="card")
    def card_shown(self, version: ModelVersion) -> SafeString:
        text = json.dumps(version.card, indent=2, ensure_ascii=False)
        return format_html('<pre class="card">{}</pre>', text)

    @admin.action(description="Activate: new predictions are made with it", permissions=["manage"])
    def activate(self, request: HttpRequest, selected: QuerySet[ModelVersion]) -> None:
        if version := self._usable(request, selected):
            with transaction.atomic():
                registry.activate(version)
                audit.note(staff(request), audit.Action.ACTIVATED, [version])
            self.message_user(
                request, f"{version} is active. Workers follow within seconds.", messages.SUCCESS
            )

    @admin.action(
        description="Deactivate: what the settings name serves again, or no shadow is cast",
        permissions=["manage"],
    )
    def deactivate(self, request: HttpRequest, selected: QuerySet[ModelVersion]) -> None:
        version = self._the_one(request, selected)
        if version is None:
            return
        if version.shadow:
            registry.cast_shadow(None)
            serves = "It casts no shadow any more."
        else:
            named = registry.register(registry.named_artifact())
            if not version.active or named == version:
                self._refuse(request, "Activate another one instead.")
                return
            registry.activate(named)
            serves = f"{named} is active."
        audit.note(staff(request), audit.Action.DEACTIVATED, [version])
        self.message_user(request, serves, messages.SUCCESS)

    @admin.action(
        description="Shadow: asked beside the active one, for comparison", permissions=["manage"]
    )
    def cast_shadow(self, request: HttpRequest, selected: QuerySet[ModelVersion]) -> None:
        version = self._usable(request, selected)
        if version is None:
            return
        if version.active:
            self._refuse(request, "It is the active one.")
            return
        registry.cast_shadow(version)
        audit.note(staff(request), audit.Action.ACTIVATED, [version])
        self.message_user(request, f"{version} is the shadow now.", messages.SUCCESS)

    @admin.action(description="Classify everybody's photographs again", permissions=["manage"])
    def rerun_everything(self, request: HttpRequest, selected: QuerySet[ModelVersion]) -> None:
        if version := self._usable(request, selected):
            rerun = reruns.order(version=version, ordered_by=staff(request))
            audit.note(staff(request), audit.Action.RERUN, [rerun])
            self.message_user(request, f"{rerun} of {rerun.total:,} photographs is ordered.")

    def _the_one(
        self, request: HttpRequest, selected: QuerySet[ModelVersion]
    ) -> ModelVersion | None:
        if len(selected) == 1:
            return selected[0]
        self._refuse(request, "Choose exactly one version.")
        return None

    def _usable(
        self, request: HttpRequest, selected: QuerySet[ModelVersion]
    ) -> ModelVersion | None:
        """The chosen one, if its files are there and unaltered."""
        version = self._the_one(request, selected)
        try:
            if version is not None:
                registry.artifact_of(version).verify()
        except ArtifactError as error:
            self._refuse(request, str(error))
            return None
        return version

    def _refuse(self, request: HttpRequest, sentence: str) -> None:
        self.message_user(request, sentence, messages.ERROR)


@admin.register(Rerun)
class RerunAdmin(MadeByTheService):
    list_display = (
        "__str__", "version", "whose", "share_shown", "created_at", "finished_at",
        "stopped_because",
    )  # fmt: skip
    list_select_related = ("version", "owner")
    list_filter = (("finished_at", admin.EmptyFieldListFilter),)
    ordering = ("-created_at",)
    actions = ("cancel",)
    readonly_fields = ("share_shown",)

    class Media:
        css = {"all": ["admin.css"]}

    @admin.display(description="whose")
    def whose(self, rerun: Rerun) -> str:
        return str(rerun.owner or "everybody's")

    @admin.display(description="done")
    def share_shown(self, rerun: Rerun) -> SafeString:
        return format_html(
            '<span class="share"><progress max="1" value="{}" aria-label="Done"></progress>{} of {}'
            "</span>",
            f"{rerun.share:.4f}",
            f"{rerun.queued + rerun.passed_over:,}",
            f"{rerun.total:,}",
        )

    @admin.action(description="Cancel", permissions=["manage"])
    def cancel(self, request: HttpRequest, selected: QuerySet[Rerun]) -> None:
        audit.note(staff(request), audit.Action.CHANGED, selected)
        self.message_user(request, f"{reruns.cancel(selected)} cancelled.", messages.SUCCESS)
