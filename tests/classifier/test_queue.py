from __future__ import annotations

import datetime
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from classifier import queue
from classifier.models import Prediction, Status
from classifier.outcomes import Refusal, Result
from ml.labels import LABELS
from tests.factories import ModelVersionFactory, PredictionFactory, prediction_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media", "wake_ups")]

PROBABILITIES = dict(zip(LABELS, (0.05, 0.05, 0.1, 0.1, 0.5, 0.1, 0.1), strict=True))


def complete(predictions: Sequence[Prediction]) -> int:
    results = [Result(prediction, PROBABILITIES) for prediction in predictions]
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
    refusal = Refusal(late, Status.FAILED, "late", "Too late.")
    assert queue.complete([refusal], ModelVersionFactory()) == 0
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


@pytest.mark.parametrize("status", [Status.REJECTED, Status.FAILED])
def test_a_refusal_keeps_its_reason(status: Any) -> None:
    PredictionFactory()
    [claimed] = queue.claim(1)
    refusal = Refusal(claimed, status, "damaged", "It is damaged.")
    assert queue.complete([refusal], ModelVersionFactory()) == 1
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


def age(prediction: Prediction, seconds: float) -> None:
    created_at = timezone.now() - datetime.timedelta(seconds=seconds)
    Prediction.objects.filter(pk=prediction.pk).update(created_at=created_at)


def test_a_busy_worker_leaves_what_just_came_in_to_an_idle_one() -> None:
    fresh = PredictionFactory()
    assert queue.claim(32, ahead=True) == []
    age(fresh, seconds=1)
    assert queue.claim(32, ahead=True) == [fresh]


def test_what_has_cost_a_worker_is_not_claimed_beside_others() -> None:
    suspect, fresh = PredictionFactory(attempt=1), PredictionFactory()
    for prediction in (suspect, fresh):
        age(prediction, seconds=1)
    assert queue.claim(32, ahead=True) == [fresh]


def test_what_was_not_begun_is_queued_again_and_its_attempt_not_counted() -> None:
    prediction = PredictionFactory()
    claimed = queue.claim(1)
    queue.release(claimed)
    row = Prediction.objects.get()
    assert (row.status, row.attempt, row.started_at) == (Status.QUEUED, 0, None)
    assert queue.claim(1) == [prediction]


def test_what_somebody_else_holds_by_now_is_not_given_back() -> None:
    PredictionFactory()
    late = queue.claim(1)
    expire(late[0])
    queue.recover()
    queue.claim(1)
    queue.release(late)
    assert Prediction.objects.get().status == Status.RUNNING


def test_a_lease_begins_anew_for_what_still_is_ours() -> None:
    kept, lost = PredictionFactory(), PredictionFactory()
    claimed = queue.claim(2)
    for row in claimed:
        expire(row)
    lost.image.delete()
    assert queue.renew(claimed) == [kept]
    queue.recover()
    assert Prediction.objects.get().status == Status.RUNNING


def test_recovery_announces_what_is_queued(wake_ups: list[str]) -> None:
    queue.recover()
    assert wake_ups == []
    PredictionFactory()
    queue.recover()
    assert wake_ups == ["classifier.tasks.classify_queued"]


def test_the_command_recovers_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    PredictionFactory()
    expire(queue.claim(1)[0])
    call_command("recover")
    assert capsys.readouterr().out == "1 predictions queued again, 0 failed.\n"
    assert Prediction.objects.get().status == Status.QUEUED
