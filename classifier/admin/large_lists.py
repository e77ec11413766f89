"""What makes the admin's lists affordable at a million rows."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterator
from typing import Any, Final

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import connections
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

ENOUGH_TO_ESTIMATE: Final = 50_000
"""Fewer rows are counted: that is quick, and an estimate may be far off."""


class EstimatingPaginator(Paginator):
    """Of a whole large table PostgreSQL's own estimate: counting reads every row there."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if isinstance(rows, QuerySet) and not rows.query.where:
            estimate = estimated_rows(rows)
            if estimate >= ENOUGH_TO_ESTIMATE:
                return estimate
        return super().count


def estimated_rows(rows: QuerySet[Any]) -> int:
    """Rows of the table as of its last ANALYZE; 0 where the database does not say."""
    connection = connections[rows.db]
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass",
            [rows.query.get_meta().db_table],
        )
        return int(cursor.fetchone()[0])


class CalendarChangeList(ChangeList):
    """Offers every year, month or day from the first row to the last.

    Django's own offers those that occur, for which it reads every row.
    """

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.queryset.datetimes = functools.partial(_periods, self.queryset)


def _periods(rows: QuerySet[Any], field: str, kind: str) -> list[datetime.date]:
    first = rows.order_by(field).values_list(field, flat=True).first()
    last = rows.order_by(f"-{field}").values_list(field, flat=True).first()
    if first is None or last is None:
        return []
    return list(_from_to(timezone.localdate(first), timezone.localdate(last), kind))


def _from_to(first: datetime.date, last: datetime.date, kind: str) -> Iterator[datetime.date]:
    """The first day of each year, month or day."""
    day = first
    while day <= last:
        yield day
        if kind == "year":
            day = datetime.date(day.year + 1, 1, 1)
        elif kind == "month":
            day = (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
        else:
            day += datetime.timedelta(days=1)
