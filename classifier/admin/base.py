"""What the rooms of the admin share."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifier.admin.large_lists import CalendarChangeList, EstimatingPaginator
from classifier.models import LesionImage
from classifier.staff import audit


def staff(request: HttpRequest) -> User:
    """Who is logged in: the admin has let nobody else through."""
    return cast("User", request.user)


def thumbnail(prediction_id: UUID | None) -> SafeString | str:
    """A photograph is reached through any of its predictions."""
    if prediction_id is None:
        return "–"
    path = reverse("api:prediction-thumbnail", args=[prediction_id])
    return format_html(
        '<img src="{}" alt="" width="85" height="64" loading="lazy" class="thumbnail">', path
    )


class Audited(admin.ModelAdmin):
    """What is added, changed and deleted here stands in the audit log.

    And not in Django's own log, which keeps names and values of what is long deleted.
    """

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        audit.note(staff(request), audit.Action.ADDED, [obj])

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        audit.note(staff(request), audit.Action.CHANGED, [obj])

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        audit.note(staff(request), audit.Action.DELETED, queryset)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        query = urlencode({"q": object_id})
        return redirect(f"{reverse('admin:classifier_auditentry_changelist')}?{query}")


class MadeByTheService(Audited):
    """Staff look and delete; only the service itself adds and changes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Who may do more than look; the actions ask."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")


class Large(admin.ModelAdmin):
    """A list that stays quick at a million rows."""

    paginator = EstimatingPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    sortable_by = ("created_at",)
    ids: tuple[str, ...] = ("pk",)
    """What a whole id is looked for in."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return CalendarChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A whole id is looked up by its index and nowhere else."""
        try:
            wanted = UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        found = [Q((name, wanted)) for name in self.ids]
        return queryset.filter(functools.reduce(operator.or_, found)), False


class ShowsPhotographs(admin.ModelAdmin):
    """Who looked at whose photographs stands in the audit log, for lists and single pages alike."""

    def photographs_of(self, row: Any) -> Iterable[LesionImage]:
        raise NotImplementedError

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        answer = super().changelist_view(request, extra_context)
        context = getattr(answer, "context_data", None) or {}
        if "cl" in context:
            self._note(request, context["cl"].result_list)
        return answer

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        answer = super().changeform_view(request, *args, **kwargs)
        if isinstance(answer, TemplateResponse):
            shown = (answer.context_data or {}).get("original")
            self._note(request, [shown] if shown else [])
        return answer

    def _note(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        audit.saw(staff(request), [image for row in rows for image in self.photographs_of(row)])
