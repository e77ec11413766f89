"""Requests that wait for their results."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection

from classifier import looks, queue
from classifier.models import Prediction, Status
from tests.classifier.conftest import queries
from tests.classifier.test_queue import complete
from tests.factories import PredictionFactory, prediction_in
from tests.services import wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


def test_waiting_ends_with_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    prediction = PredictionFactory()
    pauses: list[float] = []

    def work_meanwhile(seconds: float) -> None:
        pauses.append(seconds)
        complete(queue.claim(1))

    monkeypatch.setattr("classifier.looks.time.sleep", work_meanwhile)
    looks.until_finished(prediction, seconds=30)
    assert pauses == [looks.FIRST_SECONDS]


def test_waiting_ends_when_its_time_is_over() -> None:
    prediction = PredictionFactory()
    looks.until_finished(prediction, seconds=0.05)
    assert Prediction.objects.get().status == Status.QUEUED


def test_what_is_known_to_be_final_is_not_waited_for() -> None:
    final = prediction_in(Status.FAILED)
    assert queries(lambda: looks.until_finished(final, seconds=30)) == 0


def test_only_so_many_threads_wait_and_the_others_answer_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prediction = PredictionFactory()
    monkeypatch.setattr("classifier.looks._places", threading.BoundedSemaphore(1))

    def second_caller(_: float) -> None:
        # Would never end if it waited, too: who looks is already at it.
        looks.until_finished(prediction, seconds=30)
        complete(queue.claim(1))

    monkeypatch.setattr("classifier.looks.time.sleep", second_caller)
    looks.until_finished(prediction, seconds=30)
    assert Prediction.objects.get().status == Status.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_of_all_that_wait_one_looks_and_the_next_when_it_has_its_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    predictions = [PredictionFactory() for _ in range(4)]
    looked: Counter[int] = Counter()
    ended: list[Prediction] = []
    look = looks._look

    def noted() -> None:
        looked[threading.get_ident()] += 1
        look()

    def wait_for(prediction: Prediction) -> None:
        looks.until_finished(prediction, seconds=30)
        ended.append(prediction)
        connection.close()

    monkeypatch.setattr(looks, "_look", noted)
    threads = [threading.Thread(target=wait_for, args=[one]) for one in predictions]
    for thread in threads:
        thread.start()
        wait_until(lambda: looked.total() > 1, "the first look", 10)
    assert len(looked) < len(predictions)  # rarely one takes over from another
    for number, prediction in enumerate(predictions, 1):  # first that of the thread that looks
        complete(queue.claim(1))
        wait_until(lambda number=number: len(ended) == number, "its result", 10)  # type: ignore[misc]
        assert ended[-1] == prediction
    for thread in threads:
        thread.join()
    assert len(looked) > 1
    assert looks._waiting == []
