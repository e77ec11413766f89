"""`manage.py sweep`: delete at once what a crash left behind; beat does it bit by bit."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from classifier import files
from classifier.privacy import leaving


class Command(BaseCommand):
    help = "Delete stored files without a row and half uploads, those older than an hour"

    def handle(self, *args: Any, **options: Any) -> None:
        leaving.forget_old_mail()
        self.stdout.write(f"{files.sweep_orphans()} files belonged to nothing and are deleted.")
        leaving.empty_the_write_ahead_log()
