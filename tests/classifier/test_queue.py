from __future__ import annotations

import datetime
import threading
from collections.abc import Sequence

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from classifier import queue
from classifier.models import Prediction, Status
from ml.labels import LABELS
from tests.factories import ModelVersionFactory, PredictionFactory, prediction_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

PROBABILITIES = dict(zip(LABELS, (0.05, 0.05, 0.1, 0.1, 0.5, 0.1, 0.1), strict=True))


def complete(predictions: Sequence[Prediction]) -> int:
    results = [queue.Result(prediction, PROBABILITIES) for prediction in predictions]
    return queue.complete(results, ModelVersionFactory())


def expire(prediction: Prediction) -> None:
    past = timezone.now() - datetime.timedelta(seconds=1)
    Prediction.objects.filter(pk=prediction.pk).update(claimed_until=past)


def test_nothing_queued_is_an_empty_claim() -> None:
    prediction_in(Status.RUNNING)
    prediction_in(Status.SUCCEEDED)
    assert queue.claim(32) == []


def test_the_oldest_are_claimed_first_and_no_more_than_asked() -> None:
    rows = [PredictionFactory() for _ in range(3)]
    assert [row.pk for row in queue.claim(2)] == [rows[0].pk, rows[1].pk]
    assert [row.pk for row in queue.claim(2)] == [rows[2].pk]


def test_a_claim_is_a_lease_and_counts_the_attempt(settings: Settings) -> None:
    settings.QUEUE_LEASE_SECONDS = 60
    PredictionFactory()
    [claimed] = queue.claim(1)
    row = Prediction.objects.get()
    assert (row.status, row.attempt, claimed.attempt) == (Status.RUNNING, 1, 1)
    assert row.started_at is not None
    assert row.claimed_until == row.started_at + datetime.timedelta(seconds=60)


@pytest.mark.django_db(transaction=True)
def test_workers_that_race_never_claim_the_same() -> None:
    rows = {PredictionFactory().pk for _ in range(40)}
    claimed: list[Prediction] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        while batch := queue.claim(3):
            claimed.extend(batch)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(claimed) == 40
    assert {row.pk for row in claimed} == rows


def test_a_result_is_stored_whole() -> None:
    PredictionFactory()
    assert complete(queue.claim(1)) == 1
    row = Prediction.objects.get()
    assert (row.status, row.label, row.probability) == (Status.SUCCEEDED, "mel", 0.5)
    assert row.probabilities == PROBABILITIES
    assert row.model_version == ModelVersionFactory()
    assert row.finished_at is not None
    assert row.claimed_until is None


def test_a_late_result_does_not_overwrite_that_of_the_next_attempt() -> None:
    PredictionFactory()
    [late] = queue.claim(1)
    expire(late)
    queue.recover()
    [current] = queue.claim(1)
    assert complete([late]) == 0
    assert Prediction.objects.get().status == Status.RUNNING
    assert complete([current]) == 1
    assert not queue.fail(late, "late", "Too late.")
    assert Prediction.objects.get().status == Status.SUCCEEDED


def test_a_result_is_stored_once() -> None:
    PredictionFactory()
    claimed = queue.claim(1)
    assert complete(claimed) == 1
    finished = Prediction.objects.get().finished_at
    assert complete(claimed) == 0
    assert Prediction.objects.get().finished_at == finished


def test_a_photograph_deleted_meanwhile_changes_nothing_for_the_others() -> None:
    deleted, kept = PredictionFactory(), PredictionFactory()
    claimed = queue.claim(2)
    deleted.image.delete()
    assert complete(claimed) == 1
    assert Prediction.objects.get().pk == kept.pk


@pytest.mark.parametrize(
    ("finish", "status"), [(queue.reject, Status.REJECTED), (queue.fail, Status.FAILED)]
)
def test_a_refusal_keeps_its_reason(finish: type[object], status: str) -> None:
    PredictionFactory()
    [claimed] = queue.claim(1)
    assert finish(claimed, "damaged", "It is damaged.")
    row = Prediction.objects.get()
    assert (row.status, row.error_code, row.error_message) == (status, "damaged", "It is damaged.")


def test_a_lease_that_runs_is_left_alone() -> None:
    PredictionFactory()
    queue.claim(1)
    assert queue.recover() == queue.Recovered(requeued=0, failed=0)
    assert Prediction.objects.get().status == Status.RUNNING


def test_an_expired_lease_is_queued_again_until_the_attempts_are_used_up(
    settings: Settings,
) -> None:
    settings.QUEUE_MAX_ATTEMPTS = 3
    PredictionFactory()
    for attempt in (1, 2):
        [claimed] = queue.claim(1)
        assert claimed.attempt == attempt
        expire(claimed)
        assert queue.recover() == queue.Recovered(requeued=1, failed=0)
    expire(queue.claim(1)[0])
    assert queue.recover() == queue.Recovered(requeued=0, failed=1)
    row = Prediction.objects.get()
    assert (row.status, row.error_code) == (Status.FAILED, "worker_lost")
    assert queue.claim(1) == []


def test_one_that_cost_a_worker_is_claimed_alone_and_holds_up_nobody() -> None:
    suspect, bystander = PredictionFactory(), PredictionFactory()
    for claimed in queue.claim(2):
        expire(claimed)
    queue.recover()
    newcomer = PredictionFactory()
    claims = [[row.pk for row in queue.claim(32)] for _ in range(3)]
    assert claims == [[suspect.pk], [bystander.pk], [newcomer.pk]]


def test_fresh_ones_are_claimed_without_a_suspect_among_them() -> None:
    fresh = PredictionFactory()
    suspect = PredictionFactory(attempt=1)
    assert [row.pk for row in queue.claim(32)] == [fresh.pk]
    assert [row.pk for row in queue.claim(32)] == [suspect.pk]


def test_waiting_ends_with_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    prediction = PredictionFactory()
    looks: list[float] = []

    def work_meanwhile(seconds: float) -> None:
        looks.append(seconds)
        complete(queue.claim(1))

    monkeypatch.setattr("classifier.queue.time.sleep", work_meanwhile)
    queue.wait_until_finished(prediction, seconds=30)
    assert len(looks) == 1


def test_waiting_ends_when_its_time_is_over() -> None:
    prediction = PredictionFactory()
    queue.wait_until_finished(prediction, seconds=0)
    assert Prediction.objects.get().status == Status.QUEUED


def test_only_so_many_threads_wait_and_the_others_answer_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prediction = PredictionFactory()
    monkeypatch.setattr("classifier.queue._waiters", threading.BoundedSemaphore(1))

    def second_caller(_: float) -> None:
        # Would end in endless recursion if it waited, too.
        queue.wait_until_finished(prediction, seconds=30)
        complete(queue.claim(1))

    monkeypatch.setattr("classifier.queue.time.sleep", second_caller)
    queue.wait_until_finished(prediction, seconds=30)
    assert Prediction.objects.get().status == Status.SUCCEEDED
