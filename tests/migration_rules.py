"""What a migration may do while the previous release still runs on the database.

It may add what that release need not know: tables, indexes, columns that are null or that the
database itself fills. Everything else comes a release later, when no running code uses it any
more; such a migration says so: `second_step_of = "0011_name"`, the migration of the release that
stopped using it.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, migrations
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED, ManyToManyField

HARMLESS = (
    migrations.AddIndex,
    migrations.AlterModelManagers,
    migrations.AlterModelOptions,
    migrations.CreateModel,
    migrations.RemoveConstraint,
    migrations.RemoveIndex,
    migrations.RunPython,
)


def refused(operation: Operation, before: Any, app: str = "classifier") -> str:
    """Why the previous release would fail on what that does; empty where it would not.

    `before`: the state of the project before the operation.
    """
    if isinstance(operation, HARMLESS):
        return ""
    if isinstance(operation, migrations.AddField):
        field = operation.field
        filled = field.null or field.db_default is not NOT_PROVIDED
        if filled or isinstance(field, ManyToManyField):
            return ""
        return f"{operation.name} is neither null nor filled by the database (db_default)"
    if isinstance(operation, migrations.AlterField):
        model = before.apps.get_model(app, operation.model_name)
        return _narrower(model._meta.get_field(operation.name), operation)
    return f"{type(operation).__name__} takes something away that it may use"


def _narrower(old: Any, operation: migrations.AlterField) -> str:
    new: Any = operation.field
    new.set_attributes_from_name(operation.name)
    if not connection.schema_editor(collect_sql=True)._field_should_be_altered(old, new):
        return ""
    shorter = (new.max_length or 0) < (old.max_length or 0)
    if type(old) is not type(new) or (old.null and not new.null) or shorter or new.unique:
        return f"{operation.name} takes less than before"
    return ""


def says_so(migration: migrations.Migration, earlier: list[str]) -> bool:
    """Whether it names the migration whose release stopped using what it takes away."""
    return getattr(migration, "second_step_of", None) in earlier
