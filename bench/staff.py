"""`python -m bench.staff`: the pages of the staff at 1,000, 100,000 and 1,000,000 predictions.

Lists of the admin, a search, the review and the dashboard with a thousand diagnoses; on SQLite and
on PostgreSQL, through Django's test client.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from bench.lists import SIZES, timed
from bench.report import refuse_beside_a_training, report
from bench.stacks import STACKS, servers

DIAGNOSED = 1_000
YEAR_AGO = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=365)
"""So that the dashboard has something to show."""


def measure(sizes: list[int]) -> dict[str, str]:
    """In this process, whose environment names the database."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command

    settings.ALLOWED_HOSTS.append("testserver")
    call_command("migrate", verbosity=0)
    from bench import history

    history.BEGIN = YEAR_AGO
    staff = User.objects.create_superuser("staff")
    figures: dict[str, str] = {}
    for size in sizes:
        diagnose(history.grow(size))
        for what, path in addresses():
            figures[f"{size:>9,} {what}"] = timed(staff, path)
    return figures


def diagnose(owner: object) -> None:
    from classifier.models import Diagnosis, LesionImage

    images = LesionImage.objects.filter(owner=owner).order_by("pk")[:DIAGNOSED]
    Diagnosis.objects.bulk_create(
        [Diagnosis(image=image, label="nv", method="histo") for image in images],
        ignore_conflicts=True,
    )


def addresses() -> Iterator[tuple[str, str]]:
    from classifier.models import LesionImage

    predictions, photographs = "/admin/classifier/prediction/", "/admin/classifier/lesionimage/"
    yield "predictions", predictions
    yield "predictions, a status", f"{predictions}?status__exact=failed"
    yield "predictions, a class", f"{predictions}?label__exact=mel"
    day = YEAR_AGO + datetime.timedelta(days=100)
    month = f"created_at__year={day.year}&created_at__month={day.month}"
    yield "predictions, a month", f"{predictions}?{month}"
    yield "photographs", photographs
    yield "photographs, an id", f"{photographs}?q={LesionImage.objects.order_by('pk')[0].pk}"
    yield "photographs, a word in few notes", f"{photographs}?q=itches"
    yield "audit log", "/admin/classifier/auditentry/"
    yield "review", "/review/"
    yield "dashboard", "/dashboard/?days=90"


def on(stack: str, sizes: list[int]) -> dict[str, str]:
    """In a fresh process and a fresh data folder."""
    with tempfile.TemporaryDirectory() as folder, servers(stack) as urls:
        command = [sys.executable, "-m", "bench.staff", "--measure", *map(str, sizes)]
        settings = {"SKINCARE_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "tests.faulty.settings"}
        environment = os.environ | settings | urls | {"LOG_LEVEL": "WARNING"}
        said = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
        measured: dict[str, str] = json.loads(said.stdout.splitlines()[-1])
        return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.sizes)))
        return
    figures: dict[str, str] = {}
    for stack in STACKS:
        for what, figure in on(stack, options.sizes).items():
            figures[f"{stack}: {what}"] = figure
    report("staff", figures)


if __name__ == "__main__":
    if "--measure" not in sys.argv:
        refuse_beside_a_training()
    main()
