"""`manage.py backup TARGET`: everything that the installation holds, in one file."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from classifier.backup import BackupError, make


class Command(BaseCommand):
    help = "Write rows, photographs and registered networks into one file, while the service runs"
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "target",
            metavar="DIR_OR_FILE",
            help="a folder, in which the file is named after the time; a new file; or - for a pipe",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["target"] == "-":
                made = make.write(sys.stdout.buffer)
                path = "standard output"
            else:
                path, made = _to_file(Path(options["target"]))
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        count = sum(made.rows.values())
        self.stderr.write(f"{count} rows and {made.files} files are in {path}.")
        if made.deleted:
            self.stderr.write(f"{len(made.deleted)} photographs were deleted meanwhile.")
        if made.missing:
            raise CommandError(f"{made.missing} files of photographs are missing in the storage.")


def _to_file(target: Path) -> tuple[str, make.Summary]:
    """Under its name only once it is whole and on the disk; for its owner's eyes alone."""
    if target.is_dir():
        target /= f"skincare-{timezone.now():%Y-%m-%dT%H%M%SZ}.tar"
    if target.exists():
        raise CommandError(f"{target} is there already.")
    part = target.with_name(f"{target.name}.part")
    try:
        with open(part, "wb", opener=_private) as file:  # Path knows no opener
            made = make.write(file)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return str(target), made


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
