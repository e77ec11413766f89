"""Which migrations a database has, and a database rebuilt with exactly these."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps as installed
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

Migration = tuple[str, str]
"""(app, name)."""


def applied() -> list[Migration]:
    """Those that this database has, also ones that this release does not know."""
    return sorted(MigrationLoader(connection).applied_migrations)


def unknown(migrations: Iterable[Migration]) -> list[Migration]:
    """Those that this release does not know: they belong to a newer one, or to another product."""
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return sorted(set(migrations) - set(known))


def models_at(migrations: Iterable[Migration]) -> Any:
    """The tables as they are once these have run: an app registry of that time."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return loader.project_state(_last_of(loader, migrations)).apps


def rebuild(migrations: Iterable[Migration]) -> None:
    """Drop all tables of the service with everything in them, and make them anew as of then."""
    _drop_tables()
    executor = MigrationExecutor(connection)
    executor.migrate(_last_of(executor.loader, migrations))


def _last_of(loader: MigrationLoader, migrations: Iterable[Migration]) -> list[Migration]:
    """Those on which no other of them is built."""
    all_of_them = set(migrations)
    nodes = loader.graph.node_map
    return sorted(
        key
        for key in all_of_them
        if all_of_them.isdisjoint(child.key for child in nodes[key].children)
    )


def _drop_tables() -> None:
    """The service's own; others that share the database stay."""
    ours = ("django_", *(f"{app.label}_" for app in installed.get_app_configs()))
    with connection.cursor() as cursor:
        names = [
            connection.ops.quote_name(name)
            for name in connection.introspection.table_names(cursor)
            if name.startswith(ours)
        ]
        if not names:
            return
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TABLE {', '.join(names)} CASCADE")
            return
        with connection.constraint_checks_disabled():
            for name in names:
                cursor.execute(f"DROP TABLE {name}")
