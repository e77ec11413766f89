"""Pages of a history, for the pages and the API alike."""

from __future__ import annotations

import datetime
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    """Pages by key, not by number: the last page costs what the first costs."""

    page_size = 25
    ordering: tuple[str, ...] = ("-created_at", "-id")

    def decode_cursor(self, request: Request) -> Any:
        """DRF's own hands a position that is no time on to the database, which raises."""
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None:
            try:
                self.check_position(str(cursor.position))  # the stubs say that it is an int
            except (ValueError, OverflowError) as error:
                raise NotFound(self.invalid_cursor_message) from error
        return cursor

    def check_position(self, position: str) -> None:
        datetime.datetime.fromisoformat(position).astimezone(datetime.UTC)


class Sorted(NewestFirst):
    """The same in another order; the first of its fields is a time or a probability."""

    def __init__(self, ordering: tuple[str, ...]) -> None:
        self.ordering = ordering

    def check_position(self, position: str) -> None:
        if "probability" in self.ordering[0]:
            float(position)
        else:
            super().check_position(position)
