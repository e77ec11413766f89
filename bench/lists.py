"""`python -m bench.lists`: the history and the API's lists at 1,000, 100,000 and 1,000,000 rows.

All belong to one user: the first page, one deep in the middle, filtered ones; on SQLite and on
PostgreSQL, through Django's test client (all of the service except HTTP itself).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.report import percentiles, refuse_beside_a_training, report
from bench.stacks import STACKS, servers

SIZES = (1_000, 100_000, 1_000_000)
CALLS = 40
PATIENCE = 4.0  # seconds for one address; five calls at least


def measure(sizes: list[int]) -> dict[str, str]:
    """In this process, whose environment names the database."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.ALLOWED_HOSTS.append("testserver")
    call_command("migrate", verbosity=0)
    from bench.history import grow

    figures: dict[str, str] = {}
    for size in sizes:
        user = grow(size)
        for what, path in addresses():
            figures[f"{size:>9,} {what}"] = timed(user, path)
            print(size, what, figures[f"{size:>9,} {what}"], file=sys.stderr, flush=True)
    return figures


def addresses() -> Iterator[tuple[str, str]]:
    from bench.history import deep_cursor

    deep = f"cursor={deep_cursor()}"
    for name, path in (("API", "/api/v1/predictions/"), ("page", "/history/")):
        yield f"{name}, first page", path
        yield f"{name}, deep page", f"{path}?{deep}"
        yield f"{name}, a class", f"{path}?label=mel"
        yield f"{name}, a class, deep", f"{path}?label=mel&{deep}"
        yield f"{name}, a status", f"{path}?status=failed"
        yield f"{name}, a month", f"{path}?created_after=2025-03-01&created_before=2025-04-01"
        yield f"{name}, a word in few notes", f"{path}?search=itches"
        yield f"{name}, a word in none", f"{path}?search=nowhere"


def timed(user: Any, path: str) -> str:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.force_login(user)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200  # noqa: S101
    asked = len(queries)
    seconds: list[float] = []
    while len(seconds) < CALLS and (sum(seconds) < PATIENCE or len(seconds) < 5):
        begin = time.perf_counter()
        client.get(path)
        seconds.append(time.perf_counter() - begin)
    return f"{percentiles(seconds)}, {asked} queries"


def on(name: str, stack: str, sizes: list[int]) -> dict[str, str]:
    """`bench.NAME`'s measurement, in a fresh process and a fresh data folder."""
    with tempfile.TemporaryDirectory() as folder, servers(stack) as urls:
        command = [sys.executable, "-m", f"bench.{name}", "--measure", *map(str, sizes)]
        settings = {"SKINCARE_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "tests.faulty.settings"}
        environment = os.environ | settings | urls | {"LOG_LEVEL": "WARNING"}
        said = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
        measured: dict[str, str] = json.loads(said.stdout.splitlines()[-1])
        return measured


def main(
    name: str, description: str | None, measure: Callable[[list[int]], dict[str, str]]
) -> None:
    """`measure` on each stack, for the sizes on the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.sizes)))
        return
    refuse_beside_a_training()
    figures: dict[str, str] = {}
    for stack in STACKS:
        for what, figure in on(name, stack, options.sizes).items():
            figures[f"{stack}: {what}"] = figure
    report(name, figures)


if __name__ == "__main__":
    main("lists", __doc__, measure)
