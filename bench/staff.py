"""`python -m bench.staff`: the pages of the staff at 1,000, 100,000 and 1,000,000 predictions.

Lists of the admin, a search, the review and the dashboard with a thousand diagnoses; on SQLite and
on PostgreSQL, through Django's test client.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from bench.lists import main, timed

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


if __name__ == "__main__":
    main("staff", __doc__, measure)
