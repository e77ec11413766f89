"""The workers that run, and how much each user may ask of them."""

from __future__ import annotations

from django.contrib import admin

from classifier.admin.base import Audited, MadeByTheService
from classifier.models import Quota, Worker


@admin.register(Worker)
class WorkerAdmin(MadeByTheService):
    list_display = ("__str__", "network", "photographs_per_second", "seen_at", "started_at")
    list_select_related = ("network",)


@admin.register(Quota)
class QuotaAdmin(Audited):
    """An empty limit is the installation's."""

    list_display = (
        "user", "unfinished", "uploads_an_hour", "stored_images", "uploads_this_hour",
        "hour_began_at",
    )  # fmt: skip
    list_select_related = ("user",)
    search_fields = ("user__username",)
    search_help_text = "User"
    autocomplete_fields = ("user",)
    fields = ("user", "unfinished", "uploads_an_hour", "stored_images")
