"""Where an installation keeps its key, its rows and its photographs, as the environment says."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.management.utils import get_random_secret_key

from skincare.environment import Environment

DATABASES = ("sqlite", "postgres", "postgresql")
BROKERS = ("filesystem", "memory", "redis", "rediss", "sentinel", "amqp", "amqps")
POSTGRESQL = "postgresql://user:password@host/name"


def secret_key(env: Environment, folder: Path) -> str:
    """The key from the environment, or one made on the first start and kept for this owner."""
    if key := env.str("SECRET_KEY"):
        return key
    path = folder / "secret_key"
    if not path.exists():
        # Written whole and then linked: of two first starts at once, one wins for both.
        with NamedTemporaryFile("w", dir=folder, encoding="utf-8") as file:  # for its owner alone
            file.write(get_random_secret_key())
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text(encoding="utf-8")


def database(env: Environment, folder: Path) -> dict[str, Any]:
    """SQLite in that folder unless the environment names another."""
    chosen = env.parsed(
        "DATABASE_URL",
        _parsed_database(f"sqlite:///{folder / 'db.sqlite3'}"),
        _parsed_database,
        f"{POSTGRESQL} or sqlite:////path",
        is_secret=True,
    )
    if chosen["ENGINE"] == "django.db.backends.sqlite3":
        # Without these, web and worker lock each other out. Each transaction takes the write lock
        # at its start, so none fails in the middle; readers never wait in WAL mode.
        chosen["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # What is deleted is overwritten with zeros.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            "PRAGMA secure_delete=ON;",
        }
    elif password := env.str("DATABASE_PASSWORD"):
        chosen["PASSWORD"] = password
    chosen["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
    chosen["CONN_HEALTH_CHECKS"] = True
    return chosen


def _parsed_database(url: str) -> dict[str, Any]:
    if urlsplit(url).scheme not in DATABASES:
        raise ValueError(url)
    chosen: dict[str, Any] = environ.Env.db_url_config(url)
    if not chosen["NAME"]:
        raise ValueError(url)
    return chosen


def broker(url: str) -> str:
    """The URL itself. Raises `ValueError` where Celery could not use it here."""
    parts = urlsplit(url)
    if parts.scheme not in BROKERS or not (parts.port is None or parts.port > 0):
        raise ValueError(url)
    return url


def email(env: Environment, folder: Path) -> dict[str, Any]:
    """Django's `EMAIL_…` settings: files in that folder unless the environment names a server."""
    parse = environ.Env.email_url_config
    sent: dict[str, Any] = env.parsed(
        "EMAIL_URL",
        parse(f"filemail://{folder}/mail"),
        parse,
        "smtp+tls://user:password@host:587 or consolemail://",
        is_secret=True,
    )
    return sent


def media_storage(env: Environment) -> dict[str, Any]:
    """Django's storage of photographs: `MEDIA_ROOT`, or a bucket where one is named."""
    bucket = env.str("S3_BUCKET")
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    return {
        "BACKEND": "skincare.object_storage.ObjectStorage",
        "OPTIONS": {
            "bucket_name": bucket,
            # Whatever is not said here boto3 looks for where it always does.
            "endpoint_url": env.str("S3_ENDPOINT_URL") or None,
            "region_name": env.str("S3_REGION") or None,
            "access_key": env.str("S3_ACCESS_KEY") or None,
            "secret_key": env.str("S3_SECRET_KEY") or None,
        },
    }
