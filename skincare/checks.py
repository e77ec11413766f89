"""`manage.py check` names what makes a deployment unsafe or unable to work.

What needs an answer from elsewhere is asked by `check --deploy` alone: other commands are to work
while a store is away.
"""

from __future__ import annotations

from typing import Any

from celery import current_app
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.files.storage import default_storage

LONG_ENOUGH = 32
DIFFERENT = 8
"""Characters: 16 random bytes in hexadecimal have about as many."""


def _is_deployed() -> bool:
    """More than one person's own machine."""
    return settings.HTTPS or not _has_sqlite()


def _has_sqlite() -> bool:
    return str(settings.DATABASES["default"]["ENGINE"]).endswith("sqlite3")


def _has_file_broker() -> bool:
    return str(settings.CELERY_BROKER_URL).startswith(("filesystem:", "memory:"))


def _has_bucket() -> bool:
    return "bucket_name" in settings.STORAGES["default"].get("OPTIONS", {})


@register(Tags.security)
def check_secret_key(**_: Any) -> list[CheckMessage]:
    key = settings.SECRET_KEY
    if len(key) >= LONG_ENOUGH and len(set(key)) >= DIFFERENT and "insecure" not in key:
        return []
    return [
        Error(
            f"SECRET_KEY can be guessed: it has {len(key)} characters, {len(set(key))} different.",
            hint="50 random ones: tools/make_secrets writes a file for SECRET_KEY_FILE. Without "
            "either the service makes a key of its own.",
            id="skincare.E001",
        )
    ]


@register(Tags.security)
def check_debug(**_: Any) -> list[CheckMessage]:
    if not settings.DEBUG or not _is_deployed():
        return []
    return [
        Error(
            "DEBUG is on in a deployment: whoever meets an error reads the settings and the code.",
            hint="Unset DEBUG.",
            id="skincare.E002",
        )
    ]


@register(Tags.security)
def check_hosts(**_: Any) -> list[CheckMessage]:
    if "*" not in settings.ALLOWED_HOSTS or not _is_deployed():
        return []
    return [
        Error(
            "ALLOWED_HOSTS is *: a forged Host would stand in the links of e-mails.",
            hint="Name the hosts.",
            id="skincare.E003",
        )
    ]


@register()
def check_machines(**_: Any) -> list[CheckMessage]:
    """One kind of shared store and another that is none do not work on several machines."""
    shared = not _has_file_broker() or _has_bucket()
    found: list[CheckMessage] = []
    if _has_sqlite() and shared:
        sentence = "The database is SQLite, a file of this machine: no other machine can work."
        found.append(checks.Warning(sentence, hint="Set DATABASE_URL.", id="skincare.W001"))
    if _has_file_broker() and not _has_sqlite():
        sentence = "The broker is files of this machine: workers elsewhere hear of nothing."
        found.append(checks.Warning(sentence, hint="Set BROKER_URL.", id="skincare.W002"))
    return found


@register(deploy=True)
def check_broker(**_: Any) -> list[CheckMessage]:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=0, timeout=2)
    except Exception as error:  # of any transport
        sentence = f"The broker cannot be reached ({type(error).__name__})."
        hint = "Uploads would wait for the recovery task. Look at BROKER_URL."
        return [Error(sentence, hint=hint, id="skincare.E004")]
    return []


@register(deploy=True)
def check_bucket(**_: Any) -> list[CheckMessage]:
    if not _has_bucket():
        return []
    try:
        default_storage.exists("images/none")
        default_storage.listdir("images/none")
    except Exception as error:  # of boto3 in all its kinds
        sentence = f"The bucket of S3_BUCKET cannot be used ({type(error).__name__}: {error})."
        hint = "Look at S3_ENDPOINT_URL and the keys; manage.py make_bucket makes a missing one."
        return [Error(sentence, hint=hint, id="skincare.E005")]
    return []
