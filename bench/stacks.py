"""The two shapes of the product, started for a benchmark: each in a folder of its own."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests import services
from tests.installation import Installation, running

EMBEDDED = "SQLite, files"
DEPLOYMENT = "PostgreSQL, Redis"
STACKS = (EMBEDDED, DEPLOYMENT)


@contextlib.contextmanager
def servers(stack: str) -> Iterator[dict[str, str]]:
    """The variables by which that stack differs from the embedded default."""
    if stack == EMBEDDED:
        yield {}
        return
    with services.postgresql() as database, services.redis() as broker:
        yield {"DATABASE_URL": database.url, "BROKER_URL": broker.url}


@contextlib.contextmanager
def installed(stack: str, **variables: str) -> Iterator[Installation]:
    with (
        tempfile.TemporaryDirectory() as folder,
        servers(stack) as urls,
        running(Installation(Path(folder), urls | variables)) as installation,
    ):
        yield installation
