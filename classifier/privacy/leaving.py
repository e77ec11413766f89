"""What goes with an account beyond its rows, and what time takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from classifier.staff import audit


@transaction.atomic
def delete_account(user: User) -> None:
    """As its owner wishes: all rows and files. What stays is that the account of a number went."""
    audit.note(user, audit.Action.DELETED, [user])
    user.delete()


@receiver(post_delete, sender=User)
def delete_mail_on_commit(instance: User, **_: Any) -> None:
    """Where mail goes into files, for want of a server: what was sent to the account."""
    address = instance.email.encode()
    if address:
        transaction.on_commit(lambda: _delete_mail_to(address))


def _delete_mail_to(address: bytes) -> None:
    for path in _mail():
        if address in path.read_bytes():
            path.unlink(missing_ok=True)


def forget_old_mail() -> None:
    """The links in it no longer work."""
    deadline = time.time() - settings.PASSWORD_RESET_TIMEOUT
    for path in _mail():
        if path.stat().st_mtime < deadline:
            path.unlink(missing_ok=True)


def _mail() -> Iterator[Path]:
    folder = getattr(settings, "EMAIL_FILE_PATH", None)
    return Path(folder).glob("*.log") if folder else iter(())


def empty_the_write_ahead_log() -> None:
    """SQLite's holds what was deleted until it is written anew."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
