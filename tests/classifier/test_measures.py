"""What processes count, and how it gets together in the database."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from classifier import intake, queue
from classifier.metrics import exposition, measures, tallies
from classifier.metrics.reporter import Reporter
from classifier.models import Prediction, ServiceProcess, Status, Tally
from classifier.outcomes import Refusal
from ml.labels import LABELS
from ml.photographs import InvalidPhotograph
from tests.classifier.conftest import queries
from tests.factories import ModelVersionFactory, WebhookFactory, WorkerFactory, prediction_in
from tests.images import encoded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media", "wake_ups")]


@pytest.fixture(autouse=True)
def nothing_counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Other tests count, too. And the test's own connection stays open."""
    monkeypatch.setattr("classifier.metrics.reporter.connection.close", lambda: None)
    measures.taken()
    yield
    measures.taken()


def shown() -> Callable[..., float]:
    """What the page says of a name and its labels' values, in any order."""
    families = text_string_to_metric_families(exposition.exposition().decode())
    samples = {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }
    return lambda name, *labels: samples[name, frozenset(labels)]


def test_what_two_processes_counted_is_one_sum() -> None:
    for _process in range(2):
        measures.RESULTS.add("failed", "")
        measures.RESULTS.add("succeeded", "mel", amount=3)
        tallies.add(measures.taken())
    assert shown()("skincare_results_total", "failed", "") == 2
    assert shown()("skincare_results_total", "succeeded", "mel") == 6
    assert shown()("skincare_results_total", "rejected", "") == 0


def test_a_histogram_counts_what_is_at_most_each_bound() -> None:
    for seconds in (0.004, 0.05, 0.051, 99):
        measures.STAGES.observe(seconds, "decode")
    tallies.add(measures.taken())
    name = "skincare_stage_seconds"
    said = shown()
    assert [
        said(f"{name}_bucket", "decode", bound) for bound in ("0.01", "0.05", "0.1", "30.0", "+Inf")
    ] == [1, 2, 3, 3, 4]
    assert said(f"{name}_count", "decode") == 4
    assert said(f"{name}_sum", "decode") == pytest.approx(99.105)
    assert said(f"{name}_count", "network") == 0


def test_what_the_database_does_not_take_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError

    reporter = Reporter("web")
    measures.UPLOADS.add()
    with monkeypatch.context() as broken:
        broken.setattr(tallies, "add", away)
        reporter.report()
    assert not Tally.objects.exists()
    measures.UPLOADS.add()
    reporter.report()
    assert shown()("skincare_uploads_total") == 2


def test_a_process_says_what_it_is_and_how_large_and_a_silent_one_is_forgotten() -> None:
    long_ago = timezone.now() - datetime.timedelta(minutes=2)
    ServiceProcess.objects.create(name="killed", kind="worker", seen_at=long_ago)
    reporter = Reporter("worker")
    reporter.report()
    said = shown()
    assert said("skincare_processes", "worker") == 1
    assert said("skincare_processes", "beat") == 0
    assert said("skincare_process_memory_bytes", "worker", reporter.process_name) > 10_000_000
    assert not ServiceProcess.objects.filter(name="killed").exists()


@pytest.mark.django_db(transaction=True)
def test_a_process_that_ends_reports_once_more_and_signs_off() -> None:
    reporter = Reporter("courier")
    reporter.start()
    measures.DELIVERIES.add("again")
    reporter.stop()
    assert shown()("skincare_webhook_attempts_total", "again") == 1
    assert shown()("skincare_processes", "courier") == 0


def test_the_queue_and_the_outbox_are_shown_as_they_are_now() -> None:
    version = ModelVersionFactory(active=True)
    minute = datetime.timedelta(minutes=1)
    for status in (Status.QUEUED, Status.QUEUED, Status.RUNNING, Status.SUCCEEDED):
        prediction_in(status)
    prediction_in(Status.QUEUED, requested_version=version)
    oldest = Prediction.objects.queued().for_users().earliest("created_at")
    Prediction.objects.filter(pk=oldest.pk).update(created_at=timezone.now() - minute)
    webhook = WebhookFactory()
    webhook.deliveries.create(due_at=timezone.now() - 2 * minute)
    webhook.deliveries.create(due_at=timezone.now() + minute)
    WorkerFactory(network=version, photographs_per_second=7.5)
    WorkerFactory()
    said = shown()
    states = ("queued", "queued_in_background", "running")
    assert [said("skincare_queue_photographs", state) for state in states] == [2, 1, 1]
    assert 60 <= said("skincare_queue_oldest_seconds") < 90
    assert said("skincare_webhook_pending") == 2
    assert 120 <= said("skincare_webhook_overdue_seconds") < 150
    assert (said("skincare_workers", "loaded"), said("skincare_workers", "none")) == (1, 1)
    assert said("skincare_photographs_per_second") == 7.5
    assert said("skincare_network_info", version.name, version.version) == 1
    assert sum(said("skincare_training_share", label) for label in LABELS) == pytest.approx(1)
    assert 0 < said("skincare_disk_free_bytes", "media") < said("skincare_disk_size_bytes", "media")


def test_the_number_of_queries_does_not_grow() -> None:
    before = queries(exposition.exposition)
    for _ in range(3):
        prediction_in(Status.QUEUED)
        prediction_in(Status.SUCCEEDED)
        WorkerFactory()
    measures.RESULTS.add("succeeded", "nv")
    tallies.add(measures.taken())
    assert queries(exposition.exposition) == before <= 12


def test_an_upload_and_its_way_are_counted(
    alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    upload = SimpleUploadedFile("a.jpg", encoded())
    with django_capture_on_commit_callbacks(execute=True):
        prediction = intake.submit(owner=alice, file=upload)
    with pytest.raises(InvalidPhotograph):
        intake.submit(owner=alice, file=SimpleUploadedFile("a.jpg", b"GIF89a"))
    [claimed] = queue.claim(1)
    assert claimed == prediction
    refusal = Refusal(claimed, Status.FAILED, "network_failed", "It failed.")
    queue.complete([refusal], ModelVersionFactory())
    tallies.add(measures.taken())
    said = shown()
    assert said("skincare_uploads_total") == 1
    assert said("skincare_refusals_total", "not_an_image") == 1
    assert said("skincare_results_total", "failed", "") == 1
    assert said("skincare_stage_seconds_count", "queue") == 1
    assert said("skincare_stage_seconds_count", "total") == 1


def test_lost_claims_and_failed_logins_are_counted(client: Client) -> None:
    past = timezone.now() - datetime.timedelta(seconds=1)
    prediction_in(Status.RUNNING, claimed_until=past)
    queue.recover()
    client.post("/accounts/login/", {"username": "alice", "password": "wrong"})
    tallies.add(measures.taken())
    assert shown()("skincare_lost_claims_total", "queued") == 1
    assert shown()("skincare_failed_logins_total") == 1


def test_every_label_that_is_known_beforehand_has_as_many_parts_as_names() -> None:
    for measure in measures.ALL:
        assert {len(known) for known in measure.known} <= {len(measure.labels)}
