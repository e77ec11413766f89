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
    ordering = ("-created_at", "-id")

    def decode_cursor(self, request: Request) -> Any:
        """DRF's own hands a position that is no time on to the database, which raises."""
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None:
            try:
                position = str(cursor.position)  # the stubs say that it is an int
                datetime.datetime.fromisoformat(position).astimezone(datetime.UTC)
            except (ValueError, OverflowError) as error:
                raise NotFound(self.invalid_cursor_message) from error
        return cursor
