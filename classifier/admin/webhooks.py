"""Staff see whose webhooks fail and how deliveries went; the secrets they do not see."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from classifier.admin.base import MadeByTheService
from classifier.delivery import webhooks
from classifier.delivery.webhook_records import Webhook, WebhookDelivery

BY_STAFF = "Switched off by the staff of this service."


class WithoutSecrets(MadeByTheService):
    """Staff look and delete; owners and the courier add and change."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """No filter in the address may spell out a secret."""
        return "secret" not in lookup and super().lookup_allowed(lookup, value, request)


@admin.register(Webhook)
class WebhookAdmin(WithoutSecrets):
    list_display = ("__str__", "name", "owner", "url", "enabled", "failing_since", "created_at")
    list_filter = ("enabled", ("failing_since", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("owner",)
    search_fields = ("=id", "owner__username", "name", "url")
    search_help_text = "Whole id, owner, or a part of the name or the address"
    ordering = ("-created_at", "-id")
    exclude = ("secret",)
    actions = ("switch_off",)

    @admin.action(description="Switch off the selected webhooks", permissions=["delete"])
    def switch_off(self, request: HttpRequest, selected: QuerySet[Webhook]) -> None:
        webhooks.switch_off(selected, because=BY_STAFF)
        self.message_user(request, "They are switched off; their owners can switch them on again.")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(WithoutSecrets):
    list_display = (
        "__str__", "webhook", "event", "status", "attempts", "status_code", "error", "created_at",
        "due_at",
    )  # fmt: skip
    list_filter = ("status", "created_at")
    list_select_related = ("webhook",)
    search_fields = ("=id", "=webhook__id", "=prediction__id")
    search_help_text = "Whole id of a delivery, a webhook or a prediction"
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    raw_id_fields = ("prediction",)
