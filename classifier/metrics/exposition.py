"""What `/metrics` shows: the tallies of all processes, and the state of queue and outbox now.

Always the same number of queries, none of which reads the history.
"""

from __future__ import annotations

import datetime
import json
import shutil
from collections import Counter as Count
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db.models import QuerySet
from django.utils import timezone
from prometheus_client import generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector, CollectorRegistry

from classifier.capacity import Worker
from classifier.delivery.webhook_records import DeliveryStatus, WebhookDelivery
from classifier.metrics import measures
from classifier.metrics.tallies import SEEN_LATELY, ServiceProcess, Tally
from classifier.models import ModelVersion, Prediction, Status
from classifier.staff import figures
from ml.labels import LABELS

AT_MOST: Final = 100_000
"""So far is counted what waits: more costs time and says nothing else."""
KINDS: Final = ("web", "worker", "beat", "courier")

Sums = dict[str, dict[tuple[str, ...], float]]
"""By measure and labels."""


def exposition() -> bytes:
    """In Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Service())
    return generate_latest(registry)


class _Service(Collector):
    def describe(self) -> list[Metric]:
        return []  # else it is collected once more

    def collect(self) -> Iterator[Metric]:
        sums = _sums()
        for measure in measures.ALL:
            yield _family(measure, sums[measure.name])
        yield from _queue()
        yield from _outbox()
        yield from _processes()
        yield from _networks()
        yield from _disk()


def _sums() -> Sums:
    sums: Sums = defaultdict(dict)
    for key, value in Tally.objects.values_list("key", "value"):
        name, *labels = json.loads(key)
        sums[name][tuple(labels)] = value
    return sums


def _family(measure: measures.Measure, sums: dict[tuple[str, ...], float]) -> Metric:
    if isinstance(measure, measures.Histogram):
        return _histogram(measure, sums)
    counter = CounterMetricFamily(measure.name, measure.words, labels=measure.labels)
    for labels, value in (dict.fromkeys(measure.known, 0.0) | sums).items():
        counter.add_metric(labels, value)
    return counter


def _histogram(measure: measures.Histogram, sums: dict[tuple[str, ...], float]) -> Metric:
    """Kept is how often each bound was the first that was large enough; shown are running sums."""
    family = HistogramMetricFamily(measure.name, measure.words, labels=measure.labels)
    bounds = [*map(str, measure.bounds), measures.ENDLESS]
    for labels in {*measure.known, *(key[:-1] for key in sums)}:
        total, buckets = 0.0, []
        for bound in bounds:
            total += sums.get((*labels, bound), 0.0)
            buckets.append((bound, total))
        family.add_metric(labels, buckets, sum_value=sums.get((*labels, measures.SUM), 0.0))
    return family


def _gauge(name: str, words: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"skincare_{name}", words, labels=labels)


def _queue() -> Iterator[Metric]:
    unfinished = _gauge("queue_photographs", f"Unfinished, counted up to {AT_MOST}.", "state")
    queued = Prediction.objects.queued()
    background = queued.exclude(requested_version=None)
    running = Prediction.objects.filter(status=Status.RUNNING)
    for state, rows in (
        ("queued", queued.for_users()),
        ("queued_in_background", background),
        ("running", running),
    ):
        unfinished.add_metric([state], _at_most(rows))
    yield unfinished
    age = _gauge("queue_oldest_seconds", "How long the first in the queue has waited; 0: nobody.")
    first = queued.for_users().values_list("created_at", flat=True).first()
    age.add_metric([], _age(first))
    yield age


def _outbox() -> Iterator[Metric]:
    pending = WebhookDelivery.objects.filter(status=DeliveryStatus.PENDING)
    waiting = _gauge("webhook_pending", f"Deliveries not ended, counted up to {AT_MOST}.")
    waiting.add_metric([], _at_most(pending))
    yield waiting
    late = _gauge("webhook_overdue_seconds", "Since the first delivery was due; 0: none is.")
    due = WebhookDelivery.objects.due(timezone.now()).values_list("due_at", flat=True).first()
    late.add_metric([], _age(due))
    yield late


def _processes() -> Iterator[Metric]:
    seen = ServiceProcess.objects.filter(seen_at__gte=timezone.now() - SEEN_LATELY)
    running, memory = (
        list(seen.order_by("name")),
        _gauge("process_memory_bytes", "Resident.", "kind", "process"),
    )
    for process in running:
        if process.memory is not None:
            memory.add_metric([process.kind, process.name], process.memory)
    yield memory
    number = _gauge("processes", "Seen in the last minute.", "kind")
    kinds = Count(dict.fromkeys(KINDS, 0)) + Count(process.kind for process in running)
    for kind in sorted({*KINDS, *kinds}):
        number.add_metric([kind], kinds[kind])
    yield number


def _networks() -> Iterator[Metric]:
    workers = list(Worker.objects.seen_lately().values_list("network", "photographs_per_second"))
    ready = _gauge("workers", "Seen in the last 30 seconds.", "network")
    ready.add_metric(["loaded"], sum(network is not None for network, _ in workers))
    ready.add_metric(["none"], sum(network is None for network, _ in workers))
    yield ready
    speed = _gauge("photographs_per_second", "What the workers managed while they were busy.")
    speed.add_metric([], sum(per_second or 0.0 for _, per_second in workers))
    yield speed
    active = _gauge("network_info", "The one that serves.", "name", "version")
    for name, version in ModelVersion.objects.filter(active=True).values_list("name", "version"):
        active.add_metric([name, version], 1)
    yield active
    mix = _gauge("training_share", "Of each class among the photographs of HAM10000.", "label")
    for label, share in zip(LABELS, figures.training_mix(), strict=True):
        mix.add_metric([label], share)
    yield mix


def _disk() -> Iterator[Metric]:
    """Of the web process's own machine; an object store has no such limit."""
    folders: dict[str, Any] = {"data": settings.DATA_DIR}
    if isinstance(default_storage, FileSystemStorage):
        folders["media"] = settings.MEDIA_ROOT
    free = _gauge("disk_free_bytes", "Where the folder lies.", "folder")
    size = _gauge("disk_size_bytes", "Where the folder lies.", "folder")
    for name, folder in folders.items():
        if folder.exists():
            usage = shutil.disk_usage(folder)
            free.add_metric([name], usage.free)
            size.add_metric([name], usage.total)
    yield free
    yield size


def _at_most(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:AT_MOST].count()


def _age(moment: datetime.datetime | None) -> float:
    return (timezone.now() - moment).total_seconds() if moment else 0.0
