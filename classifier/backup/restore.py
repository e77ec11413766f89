"""Restore a backup: nothing is changed before all of the file was read and found whole.

The database is rebuilt as it was when the backup was made, filled, and then migrated to today's
release.
"""

from __future__ import annotations

import re
import shutil
from pathlib import PurePosixPath
from typing import IO, Any, Final

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction

from classifier import files
from classifier.backup import BackupError, container, rows, schema, sequences
from classifier.backup.make import FORMAT
from classifier.capacity import Worker
from classifier.models import LesionImage

EXPECTED: Final = re.compile(
    r"(backup|summary|end)\.json|rows/[a-z_]+\.[a-z_0-9]+/\d{6}\.jsonl\.gz|(media|networks)/[\w./-]+"
)


def check(file: IO[bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Its head and its summary, if it is whole and of this release or an older one.

    Raises `BackupError`.
    """
    head, summary = container.verified(file)
    if head.get("format") != FORMAT:
        raise BackupError(
            f"A backup of the format {head.get('format')}: this release reads {FORMAT}."
        )
    head["migrations"] = [(app, name) for app, name in head["migrations"]]
    if unknown := schema.unknown(head["migrations"]):
        names = ", ".join(f"{app} {name}" for app, name in unknown)
        raise BackupError(
            f"The backup is of a newer release: this one does not know its migrations {names}."
        )
    for info, _content in container.members(file):
        if ".." in PurePosixPath(info.name).parts or not EXPECTED.fullmatch(info.name):
            raise BackupError(f"The backup holds {info.name!r}, which does not belong there.")
    return head, summary


def restore(file: IO[bytes], *, replace: bool) -> dict[str, Any]:
    """Everything that the backup holds, into an empty place; its summary says how much that was.

    With `replace` also into one that is not empty, whose content is then gone. Raises
    `BackupError`, and then has changed nothing.
    """
    head, summary = check(file)
    _refuse_while_it_runs()
    if not replace and (found := _what_is_here()):
        raise BackupError(f"There is something here already ({found}): use --replace to delete it.")
    schema.rebuild(head["migrations"])
    _fill_tables(file, head, summary)
    _write_files(file)
    call_command("migrate", verbosity=0)
    ContentType.objects.clear_cache()
    for pk in summary["deleted"]:
        LesionImage.objects.filter(pk=pk).delete()
    files.sweep_orphans(younger_too=True)  # what lay here before
    return summary


def _fill_tables(file: IO[bytes], head: dict[str, Any], summary: dict[str, Any]) -> None:
    models = {m._meta.label_lower: m for m in rows.tables(schema.models_at(head["migrations"]))}
    filled = dict.fromkeys(models, 0)
    with transaction.atomic():
        for model in models.values():  # some migrations make rows
            model._base_manager.all().delete()
        for info, content in container.members(file, "rows/"):
            label = info.name.split("/")[1]
            filled[label] += rows.insert(models[label], content.read())
        if filled != summary["rows"]:
            raise BackupError("The backup holds other rows than it says.")
        sequences.go_on_from([*models.values()], head["last_numbers"])


def _write_files(file: IO[bytes]) -> None:
    for info, content in container.members(file, "media/"):
        name = info.name.removeprefix("media/")
        default_storage.delete(name)
        default_storage.save(name, File(content, name=name))
    for info, content in container.members(file, "networks/"):
        path = settings.NETWORKS_DIR / info.name.removeprefix("networks/")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as out:
            shutil.copyfileobj(content, out)


def _refuse_while_it_runs() -> None:
    if _has_table(Worker) and Worker.objects.seen_lately().exists():
        raise BackupError(
            "A worker was seen in the last 30 seconds: stop web, worker, beat and courier first."
        )


def _what_is_here() -> str:
    """In words; empty where there is nothing that somebody could miss."""
    from django.contrib.auth.models import User

    if _has_table(LesionImage) and LesionImage.objects.exists():
        return "photographs"
    if _has_table(User) and User.objects.exists():
        return "accounts"
    return "stored files" if any(files.stored()) else ""


def _has_table(model: Any) -> bool:
    return model._meta.db_table in connection.introspection.table_names()
