"""Pages of a history, for the pages and the API alike."""

from __future__ import annotations

import datetime
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib import parse

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param


@dataclass(frozen=True)
class Place:
    """Beside the row with that key: behind it, or, looking backwards, before it."""

    value: Any
    pk: Any
    backwards: bool = False

    def encoded(self) -> str:
        value = self.value.isoformat() if hasattr(self.value, "isoformat") else self.value
        key = {"p": value, "i": self.pk} | ({"r": 1} if self.backwards else {})
        return b64encode(parse.urlencode(key).encode()).decode()


class NewestFirst(CursorPagination):
    """Pages by key, not by number: the last page costs what the first costs.

    DRF's own knows no second column and counts its way through rows of the same moment, a thousand
    of them at most. Here the id decides, however many there are.
    """

    page_size = 25
    page: list[Any]
    base_url: str
    ordering: tuple[str, ...] = ("-created_at", "-id")

    def paginate_queryset(
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any]:
        self.base_url = request.build_absolute_uri()
        names: Sequence[str] = self.get_ordering(request, queryset, view)
        place = self._place(request, queryset.model, names[0].lstrip("-"))
        backwards = place is not None and place.backwards
        if backwards:
            names = [name[1:] if name.startswith("-") else f"-{name}" for name in names]
        rows = queryset.order_by(*names)
        if place:
            rows = rows.filter(_beyond(place, names))
        found = list(rows[: self.page_size + 1])
        is_more, self.page = len(found) > self.page_size, found[: self.page_size]
        if backwards:
            self.page.reverse()
        self.key = names[0].lstrip("-")
        self.has_next = backwards or is_more
        self.has_previous = is_more if backwards else place is not None
        return self.page

    def get_next_link(self) -> str | None:
        return self._link(self.page[-1]) if self.page and self.has_next else None

    def get_previous_link(self) -> str | None:
        is_there = self.page and self.has_previous
        return self._link(self.page[0], backwards=True) if is_there else None

    def _link(self, row: Any, *, backwards: bool = False) -> str:
        place = Place(getattr(row, self.key), row.pk, backwards)
        return str(replace_query_param(self.base_url, self.cursor_query_param, place.encoded()))

    def _place(self, request: Request, model: type[Model], key: str) -> Place | None:
        """Where the request's cursor points; `NotFound` where nobody handed it out."""
        cursor = request.query_params.get(self.cursor_query_param)
        if not cursor:
            return None
        try:
            said = dict(parse.parse_qsl(b64decode(cursor, validate=True).decode()))
            value = _read(model, key, said["p"])
            return Place(value, _read(model, "id", said["i"]), "r" in said)
        except (KeyError, ValueError, OverflowError, ValidationError) as error:
            raise NotFound(self.invalid_cursor_message) from error


class Sorted(NewestFirst):
    """The same in another order; its second column is the id."""

    def __init__(self, ordering: tuple[str, ...]) -> None:
        self.ordering = ordering


def _beyond(place: Place, names: Sequence[str]) -> Q:
    """The rows that follow in that order. The first condition is the one that an index serves."""
    further = "lt" if names[0].startswith("-") else "gt"
    key = names[0].lstrip("-")
    at_or_beyond = Q(**{f"{key}__{further}e": place.value})
    return at_or_beyond & (
        Q(**{f"{key}__{further}": place.value}) | Q(**{f"pk__{further}": place.pk})
    )


def _read(model: type[Model], name: str, text: str) -> Any:
    field: Any = model._meta.get_field(name)  # Django's public name
    value = field.to_python(text)
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise ValueError(text)
        return value.astimezone(datetime.UTC)  # not every moment is one in every zone
    return value
