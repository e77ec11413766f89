"""The audit log: browsed, never changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifier.admin.base import Large
from classifier.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(Large):
    list_display = ("at", "who", "action", "object_shown")
    list_display_links = ("at",)
    list_filter = ("action", "at")
    list_select_related = ("actor",)
    date_hierarchy = "at"
    ordering = ("-at", "-id")
    sortable_by = ("at",)
    ids = ("object_id",)
    search_fields = ("=object_id", "actor__username")
    search_help_text = "Whole id of the object, or who did it"
    fields = readonly_fields = ("at", "who", "action", "object_shown")

    @admin.display(description="who")
    def who(self, entry: AuditEntry) -> str:
        """The account may be gone; its number stays. The service itself has none."""
        if entry.actor_id is None:
            return "the service"
        return str(entry.actor or f"user {entry.actor_id}, since deleted")

    @admin.display(description="what")
    def object_shown(self, entry: AuditEntry) -> SafeString | str:
        words = f"{entry.kind} {entry.object_id}"
        app = "auth" if entry.kind in ("user", "group") else "classifier"
        try:
            path = reverse(f"admin:{app}_{entry.kind}_change", args=[entry.object_id])
        except NoReverseMatch:
            return words
        return format_html('<a href="{}">{}</a>', path, words)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
