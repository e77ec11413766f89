"""Make a backup while the service runs.

All rows are read from one snapshot; files afterwards, so that it is short. Files never change once
they are written, so those of the snapshot's rows are what they were then:

- a photograph that comes after the snapshot is not in the backup, neither row nor files;
- one that is deleted while its files are being copied is noted at the end, and the restore deletes
  it, too.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Final

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from classifier.backup import BackupError, rows, schema, sequences
from classifier.backup.container import HEAD, Writer
from classifier.models import LesionImage

FORMAT: Final = 1


@dataclass
class Summary:
    """What the backup holds."""

    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    deleted: list[str] = field(default_factory=list)
    """Photographs whose rows are in it and that went before their files were read."""
    missing: int = 0
    """Files that the storage has lost: their rows are in the backup, and in the service."""


def write(out: IO[bytes]) -> Summary:
    """Everything, into `out`. Raises `BackupError`."""
    migrations = schema.applied()
    if schema.unknown(migrations):
        raise BackupError("The database belongs to a newer release: make the backup with that one.")
    apps = schema.models_at(migrations)
    summary, writer = Summary(), Writer(out)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as names:
        with snapshot():
            models = rows.tables(apps)
            head = {
                "format": FORMAT,
                "made_at": timezone.now().isoformat(),
                "migrations": migrations,
                "last_numbers": sequences.last_numbers(models),
            }
            writer.add(HEAD, json.dumps(head).encode())
            for model in models:
                _add_table(writer, model, summary)
            networks = _spool_names(apps, names)
        for sha256 in networks:
            _add_network(writer, sha256, summary)
        names.seek(0)
        for line in names:
            _add_photograph(writer, json.loads(line), summary)
    writer.close(vars(summary))
    return summary


@contextlib.contextmanager
def snapshot() -> Iterator[None]:
    """What is read in here is of one moment; nobody waits for it meanwhile."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    # Not `atomic`: that would take SQLite's one write lock.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _add_table(writer: Writer, model: Any, summary: Summary) -> None:
    label = model._meta.label_lower
    summary.rows[label] = 0
    for number, (count, part) in enumerate(rows.parts(model)):
        writer.add(f"rows/{label}/{number:06}.jsonl.gz", part)
        summary.rows[label] += count


def _spool_names(apps: Any, names: IO[str]) -> list[str]:
    """The photographs' files, to be copied after the snapshot; returns the networks' digests."""
    photographs = apps.get_model("classifier", "LesionImage").objects.order_by("pk")
    for pk, *files in photographs.values_list("pk", "file", "thumbnail").iterator(1000):
        names.write(json.dumps([str(pk), *files]) + "\n")
    return list(
        apps.get_model("classifier", "ModelVersion").objects.values_list("sha256", flat=True)
    )


def _add_network(writer: Writer, sha256: str, summary: Summary) -> None:
    """One that was registered; those that ship with a release have no copy."""
    folder = settings.NETWORKS_DIR / sha256
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                name = path.relative_to(settings.NETWORKS_DIR).as_posix()
                writer.add_file(f"networks/{name}", path.stat().st_size, file)
            summary.files += 1


def _add_photograph(writer: Writer, spooled: list[str], summary: Summary) -> None:
    pk, *files = spooled
    for name in files:
        try:
            with default_storage.open(name) as file:
                writer.add_file(f"media/{name}", file.size, file)
        except FileNotFoundError:
            if LesionImage.objects.filter(pk=pk).exists():
                summary.missing += 1
                continue
            summary.deleted.append(pk)
            return
        summary.files += 1
