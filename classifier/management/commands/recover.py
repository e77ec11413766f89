"""`manage.py recover`: take back what lost workers hold, now instead of in some seconds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from classifier import queue


class Command(BaseCommand):
    help = "Queue predictions of lost workers again, fail those out of attempts, wake the workers"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(queue.recover()))
