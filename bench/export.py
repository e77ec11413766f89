"""`python -m bench.export`: what exporting a history of 1,000 and of 100,000 predictions takes.

CSV and NDJSON through Django's test client, on SQLite and on PostgreSQL: rows a second, the time to
the first block, and by how much the process grows meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

import psutil

from bench.report import refuse_beside_a_training, report
from bench.stacks import STACKS, servers

SIZES = (1_000, 100_000)
FORMATS = ("export.csv", "export.ndjson")
MEGABYTE = 1_000_000


def prepare(size: int) -> None:
    """In a process of its own, so that what it took is not counted."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from bench.history import grow

    grow(size)


def measure() -> dict[str, str]:
    """In this process, whose environment names the database."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    settings.ALLOWED_HOSTS.append("testserver")
    client = Client()
    client.force_login(User.objects.get(username="bench"))
    exported(client, "export.csv?created_before=2025-01-02")  # whatever is loaded once
    return {name: exported(client, name) for name in FORMATS}


def exported(client: Any, name: str) -> str:
    process = psutil.Process()
    before = highest = process.memory_info().rss
    begin = time.perf_counter()
    first, size, lines = 0.0, 0, 0
    for block in client.get(f"/api/v1/predictions/{name}").streaming_content:
        first = first or time.perf_counter() - begin
        size += len(block)
        lines += block.count(b"\n")
        highest = max(highest, process.memory_info().rss)
    seconds = time.perf_counter() - begin
    return (
        f"{lines:,} lines, {size / MEGABYTE:.1f} MB in {seconds:.1f} s, the first after "
        f"{first * 1000:.0f} ms; the process grew by {(highest - before) / MEGABYTE:.1f} MB"
    )


def on(stack: str, sizes: list[int]) -> dict[str, str]:
    """In fresh processes and a fresh data folder."""
    figures: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder, servers(stack) as urls:
        settings = {"SKINCARE_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "tests.faulty.settings"}
        environment = os.environ | settings | urls | {"LOG_LEVEL": "WARNING"}
        for size in sizes:
            command = [sys.executable, "-m", "bench.export"]
            subprocess.run([*command, "--prepare", str(size)], env=environment, check=True)
            said = subprocess.run(
                [*command, "--measure"], env=environment, check=True, stdout=subprocess.PIPE
            )
            for what, figure in json.loads(said.stdout.splitlines()[-1]).items():
                figures[f"{stack}: {size:>9,} {what}"] = figure
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--prepare", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.prepare or options.measure:
        import django

        django.setup()
    if options.prepare:
        prepare(options.prepare)
    elif options.measure:
        print(json.dumps(measure()))
    else:
        refuse_beside_a_training()
        stacks = {name: figure for s in STACKS for name, figure in on(s, options.sizes).items()}
        report("export", stacks)


if __name__ == "__main__":
    main()
