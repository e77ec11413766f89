"""Tables to lines of JSON and back, the same from SQLite and PostgreSQL.

Not Django's serializers: those cut times down to milliseconds. A part of a table is its columns'
names on the first line, then a row a line, packed.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import gzip
import json
import uuid
from collections.abc import Iterator
from typing import Any, Final

from django.db.models import Field, Model

LEFT_OUT: Final = {
    "classifier.archive": "zips that users ordered: made of what is here anyway, gone after a day",
    "classifier.worker": "processes that run at the moment",
    "classifier.serviceprocess": "the same",
    "classifier.session": "open sessions: who had a copy could go on with them",
    "sessions.session": "the same, of earlier releases",
    "axes.accessattempt": "failed logins with their addresses, which count for minutes",
}
ROWS_A_PART: Final = 1000


def tables(apps: Any) -> list[type[Model]]:
    """All that are backed up, also those between two others."""
    models = apps.get_models(include_auto_created=True)
    kept = [m for m in models if m._meta.managed and not m._meta.proxy and not m._meta.swapped]
    return sorted(
        (model for model in kept if model._meta.label_lower not in LEFT_OUT),
        key=lambda model: model._meta.label_lower,
    )


def parts(model: type[Model]) -> Iterator[tuple[int, bytes]]:
    """The whole table, some rows at a time: how many, and these, packed."""
    names = [field.attname for field in _columns(model)]
    rows = model._base_manager.order_by("pk").values_list(*names).iterator(ROWS_A_PART)
    lines: list[str] = []
    for row in rows:
        lines.append(json.dumps(row, default=_encoded))
        if len(lines) == ROWS_A_PART:
            yield len(lines), _packed(names, lines)
            lines = []
    if lines:
        yield len(lines), _packed(names, lines)


def insert(model: type[Model], part: bytes) -> int:
    """Store the rows of a part as they were; how many."""
    first, *lines = gzip.decompress(part).decode().splitlines()
    fields = [_as_it_is(model, name) for name in json.loads(first)]
    objects = []
    for line in lines:
        values = zip(fields, json.loads(line), strict=True)
        objects.append(model(**{field.attname: field.to_python(value) for field, value in values}))
    model._base_manager.bulk_create(objects, batch_size=500)
    return len(objects)


def _columns(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not getattr(field, "generated", 0)]


def _as_it_is(model: type[Model], attname: str) -> Field[Any, Any]:
    """The field of a historic model, without its wish to be set to this very moment."""
    field: Any = next(field for field in _columns(model) if field.attname == attname)
    if isinstance(getattr(field, "auto_now_add", None), bool):
        field.auto_now = field.auto_now_add = False
    return field  # type: ignore[no-any-return]


def _packed(names: list[str], lines: list[str]) -> bytes:
    text = "\n".join([json.dumps(names), *lines])
    return gzip.compress(text.encode(), compresslevel=6)


def _encoded(value: object) -> str:
    """What JSON does not know; each field's `to_python` reads it."""
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, uuid.UUID | decimal.Decimal | datetime.timedelta):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    raise TypeError(f"No way to write down a {type(value).__name__}.")
