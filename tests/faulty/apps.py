"""Kills the web process between the commit of an upload and its wake-up, or fails and quotes."""

from __future__ import annotations

import os
import signal
from typing import Any

from django.apps import AppConfig
from django.db import transaction
from django.db.models.signals import post_save

KILL_WEB = "kill the web process"
"""The note of a photograph that does."""
FAIL = "fail and quote"
"""How the note of a photograph begins whose upload fails, with words that quote it."""


class FaultyConfig(AppConfig):
    name = "tests.faulty"

    def ready(self) -> None:
        from classifier.models import LesionImage

        post_save.connect(kill_on_commit, sender=LesionImage)


def kill_on_commit(instance: Any, **_: Any) -> None:
    """Before the wake-up, which is registered after this one."""
    if instance.note.startswith(FAIL):
        raise ValueError(f"Failing row contains ({instance.original_name}, {instance.note})")
    if instance.note == KILL_WEB:
        transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
