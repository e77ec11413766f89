"""How a list is filtered and ordered: as on the pages, and by some things more."""

from __future__ import annotations

from typing import Any, Final

import django_filters
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request

from classifier.history import PredictionFilter

# Each is served by an index, and no two rows are equal in it.
ORDERINGS: Final = {
    "-created_at": ("-created_at", "-id"),
    "created_at": ("created_at", "id"),
}


class PredictionListFilter(PredictionFilter):
    """`…_after` includes the day or moment itself, `…_before` does not."""

    taken_after = django_filters.DateFilter(field_name="image__taken_on", lookup_expr="gte")
    taken_before = django_filters.DateFilter(field_name="image__taken_on", lookup_expr="lt")
    lesion = django_filters.UUIDFilter(field_name="image__lesion")
    image = django_filters.UUIDFilter(field_name="image")


class Ordering(OrderingFilter):
    """Newest first, unless the oldest are asked for first; anything else is refused."""

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        asked = request.query_params.get(self.ordering_param) or "-created_at"
        if asked not in ORDERINGS:
            sentence = _("Choose one of: %(choices)s.") % {"choices": ", ".join(ORDERINGS)}
            raise ValidationError({self.ordering_param: [sentence]})
        return ORDERINGS[asked]

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": self.ordering_param,
                "required": False,
                "in": "query",
                "description": "Newest first, or oldest first.",
                "schema": {"type": "string", "enum": [*ORDERINGS], "default": "-created_at"},
            }
        ]
