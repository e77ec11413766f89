"""The last numbers that the database gave out: no later row gets the number of a deleted one.

The audit log names accounts by their numbers, also those that are gone.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import AutoField, BigAutoField, Model, SmallAutoField


def last_numbers(models: list[type[Model]]) -> dict[str, int]:
    """By the table's name; tables without a sequence, or never written to, are missing."""
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        for model in _numbered(models):
            table, column = model._meta.db_table, model._meta.pk.column
            if connection.vendor == "postgresql":
                cursor.execute(
                    "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s))",
                    [connection.ops.quote_name(table), column],
                )
            else:
                cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            row = cursor.fetchone()
            if row and row[0]:
                found[table] = row[0]
    return found


def go_on_from(models: list[type[Model]], numbers: dict[str, int]) -> None:
    """The next row of each table gets the number after that."""
    with connection.cursor() as cursor:
        for model in _numbered(models):
            table, column = model._meta.db_table, model._meta.pk.column
            if table not in numbers:
                continue
            if connection.vendor == "postgresql":
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), %s)",
                    [connection.ops.quote_name(table), column, numbers[table]],
                )
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                values: list[Any] = [table, numbers[table]]
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", values)


def _numbered(models: list[type[Model]]) -> list[type[Model]]:
    numbers = (AutoField, BigAutoField, SmallAutoField)
    return [model for model in models if isinstance(model._meta.pk, numbers)]
