"""`python -m bench.metrics [SIZE…]`: what `/metrics` takes, by the predictions that there are.

In one process, without HTTP, on both databases; a hundred are queued.
"""

from __future__ import annotations

import json
import sys
import time

from bench.lists import main
from bench.report import percentiles

CALLS = 40
QUEUED = 100
ANSWERS = 500
"""Kinds of them, by address, method and status: about all that occur in a long life."""


def measure(sizes: list[int]) -> dict[str, str]:
    """In this process, whose environment names the database."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    call_command("migrate", verbosity=0)
    from bench.history import grow
    from classifier.metrics import measures, tallies
    from classifier.metrics.exposition import exposition

    bounds = [*measures.SECONDS[:4], measures.SUM]
    keys = [("skincare_request_seconds", f"api:route-{i}", "GET", "200") for i in range(ANSWERS)]
    tallies.add({json.dumps((*key, str(bound))): 1.0 for key in keys for bound in bounds})
    figures: dict[str, str] = {}
    for size in sizes:
        grow(size)
        _queue_some()
        with CaptureQueriesContext(connection) as queries:
            exposition()
        seconds, worked = [], []
        for _ in range(CALLS):
            begin, began = time.perf_counter(), time.process_time()
            text = exposition()
            seconds.append(time.perf_counter() - begin)
            worked.append(time.process_time() - began)
        figure = (
            f"{percentiles(seconds)}; of this process's own work {percentiles(worked)}; "
            f"{len(queries)} queries, {len(text) / 1000:.0f} kB"
        )
        figures[f"{size:>9,} predictions"] = figure
        print(size, figure, file=sys.stderr, flush=True)
    return figures


def _queue_some() -> None:
    from classifier.models import LesionImage, Prediction

    if not Prediction.objects.queued().exists():
        images = LesionImage.objects.all()[:QUEUED]
        Prediction.objects.bulk_create(Prediction(image=i, owner_id=i.owner_id) for i in images)


if __name__ == "__main__":
    main("metrics", __doc__, measure)
