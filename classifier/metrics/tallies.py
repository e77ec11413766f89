"""The records behind `/metrics`: what all processes have counted, and which of them run."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django.db import connection, models
from django.utils import timezone

SEEN_LATELY = datetime.timedelta(seconds=60)
"""A process that has said nothing for longer counts as gone."""


class Tally(models.Model):
    """One sum of `classifier.metrics.measures`, of all processes since the installation began."""

    key = models.CharField(primary_key=True, max_length=250, help_text="Measure and labels, JSON.")
    value = models.FloatField()

    def __str__(self) -> str:
        return self.key


class ServiceProcess(models.Model):
    """A process that runs. It says so every few seconds, and signs off when it is told to stop."""

    name = models.CharField(max_length=255, unique=True, help_text="Host and process id.")
    kind = models.CharField(max_length=20, help_text="As the Procfile names it.")
    seen_at = models.DateTimeField(db_index=True)
    memory = models.BigIntegerField(null=True, help_text="Resident, in bytes.")

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def add(sums: Mapping[str, float]) -> None:
    """Add what one process has counted, in one statement: two at once both count.

    Always in the same order, so that two processes do not wait for each other in a circle.
    """
    if not sums:
        return
    table = connection.ops.quote_name(Tally._meta.db_table)
    rows = ", ".join(["(%s, %s)"] * len(sums))
    values = [part for key in sorted(sums) for part in (key, sums[key])]
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO {table} ("key", "value") VALUES {rows} '  # noqa: S608  (a name of ours)
            f'ON CONFLICT ("key") DO UPDATE SET "value" = {table}."value" + excluded."value"',
            values,
        )


def seen(name: str, kind: str, memory: int | None) -> None:
    """That process runs; those that have fallen silent are forgotten."""
    now = timezone.now()
    said = {"kind": kind, "seen_at": now, "memory": memory}
    ServiceProcess.objects.update_or_create(name=name, defaults=said)
    ServiceProcess.objects.filter(seen_at__lt=now - SEEN_LATELY).delete()


def signed_off(name: str) -> None:
    ServiceProcess.objects.filter(name=name).delete()
