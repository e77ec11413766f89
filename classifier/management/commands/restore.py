"""`manage.py restore FILE`: what `manage.py backup` has written, into an empty place."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from classifier.backup import BackupError, restore


class Command(BaseCommand):
    help = "Check a backup, then restore it; the service must not run meanwhile"
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--check", action="store_true", help="read all of it, change nothing")
        choice.add_argument(
            "--replace", action="store_true", help="delete everything that is here before"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open("rb") as file:
                if options["check"]:
                    head, summary = restore.check(file)
                    said = f"The backup of {head['made_at']} is whole: "
                else:
                    summary = restore.restore(file, replace=options["replace"])
                    said = "Restored: "
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{said}{sum(summary['rows'].values())} rows and {summary['files']} files."
        )
