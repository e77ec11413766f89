"""What the database of a running installation says: the record that every fault is held against."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection
from typing import Any, NamedTuple

import psycopg2

from tests.installation import FINAL, Installation
from tests.services import wait_until

BOUND = 60.0
"""Seconds within which every accepted upload has to be in its final state."""


class Record(NamedTuple):
    id: str
    status: str
    attempt: int
    finished_at: Any
    version: str | None
    """Of the network that answered."""


def records(installation: Installation) -> dict[str, Record]:
    """Every prediction, by its id in the API's form."""
    query = (
        "SELECT made.id, status, attempt, finished_at, version FROM classifier_prediction made "
        "LEFT JOIN classifier_modelversion network ON network.id = made.model_version_id"
    )
    url = installation.environment.get("DATABASE_URL")
    opened = psycopg2.connect(url) if url else sqlite3.connect(installation.data_dir / "db.sqlite3")
    with contextlib.closing(opened) as connection:
        cursor = connection.cursor()
        cursor.execute(query)
        rows = [Record(str(row[0]).replace("-", ""), *row[1:]) for row in cursor.fetchall()]
    return {row.id: row for row in rows}


def of(installation: Installation, accepted: Collection[str]) -> list[Record]:
    """The records of those uploads."""
    known = records(installation)
    return [known[identifier.replace("-", "")] for identifier in accepted]


def running(installation: Installation) -> int:
    return sum(row.status == "running" for row in records(installation).values())


def all_finished(installation: Installation, accepted: Collection[str]) -> list[Record]:
    """Wait for the end of those uploads: none is lost, none doubled. Returns their records.

    What belongs to no answer (the answer was lost, not the upload) ends all the same.
    """
    assert len(set(accepted)) == len(accepted)

    def is_over() -> bool:
        with contextlib.suppress(psycopg2.OperationalError, sqlite3.OperationalError):
            return all(row.status in FINAL for row in records(installation).values())
        return False

    wait_until(is_over, "the end of every upload", BOUND)
    return of(installation, accepted)
