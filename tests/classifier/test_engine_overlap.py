"""What the engine does while its network is busy."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import Settings

from classifier import intake, queue
from classifier.models import Prediction, Status
from classifier.worker import engine
from ml.predictions import Predictions
from ml.preprocessing import Pixels
from tests.images import upload
from tests.predictor import ColourPredictor
from tests.services import wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("media", "wake_ups"),
]


class GatedPredictor(ColourPredictor):
    """Works for as long as its gate is closed."""

    gate = threading.Event()
    sizes: list[int] = []

    def predict(self, pixels: Pixels) -> Predictions:
        self.sizes.append(len(pixels))
        assert self.gate.wait(30)
        return super().predict(pixels)


@pytest.fixture(autouse=True)
def gate(settings: Settings) -> Iterator[threading.Event]:
    settings.PREDICTOR = "tests.classifier.test_engine_overlap.GatedPredictor"
    settings.QUEUE_BATCH = 3
    GatedPredictor.gate.clear()
    GatedPredictor.sizes.clear()
    yield GatedPredictor.gate
    GatedPredictor.gate.set()


@pytest.fixture
def draining() -> Iterator[Callable[[threading.Event], Future[int]]]:
    """Begins to drain in another thread, whose result is what `drain` returns."""

    def drain(stopping: threading.Event) -> int:
        try:
            return engine.drain(seconds=60, stopping=stopping)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as worker:
        yield lambda stopping: worker.submit(drain, stopping)
        GatedPredictor.gate.set()


def submit(owner: User, n: int) -> None:
    for _ in range(n):
        intake.submit(owner=owner, file=upload())
    # Old enough for a busy worker.
    past = timezone.now() - datetime.timedelta(seconds=1)
    Prediction.objects.queued().update(created_at=past)


def running() -> int:
    return Prediction.objects.filter(status=Status.RUNNING).count()


def test_what_comes_in_meanwhile_is_the_next_batch(
    alice: User, gate: threading.Event, draining: Callable[..., Future[int]]
) -> None:
    submit(alice, 1)
    drained = draining(threading.Event())
    wait_until(lambda: GatedPredictor.sizes, "the network's work")
    for n in (2, 3):  # one batch, however it came in
        submit(alice, 1)
        wait_until(lambda n=n: running() == n, "a claim ahead")
    submit(alice, 3)
    wait_until(lambda: running() == 4, "a full batch")
    gate.set()
    assert drained.result(30) == 6
    assert GatedPredictor.sizes == [1, 3, 2]
    assert set(Prediction.objects.values_list("status", "attempt")) == {(Status.SUCCEEDED, 1)}


def test_a_worker_told_to_stop_gives_back_at_once_what_it_has_not_begun(
    alice: User, gate: threading.Event, draining: Callable[..., Future[int]]
) -> None:
    submit(alice, 3)
    stopping = threading.Event()
    drained = draining(stopping)
    wait_until(lambda: GatedPredictor.sizes, "the network's work")
    submit(alice, 3)
    wait_until(lambda: running() == 6, "a claim ahead")
    stopping.set()
    wait_until(lambda: running() == 3, "what was given back")  # the network still works
    assert set(Prediction.objects.queued().values_list("attempt", flat=True)) == {0}
    gate.set()
    assert drained.result(30) == 3
    assert Prediction.objects.filter(status=Status.SUCCEEDED).count() == 3
    assert Prediction.objects.queued().count() == 3


def test_nothing_is_claimed_beside_what_has_cost_a_worker(
    alice: User, gate: threading.Event, draining: Callable[..., Future[int]]
) -> None:
    submit(alice, 1)
    Prediction.objects.update(attempt=1)
    drained = draining(threading.Event())
    wait_until(lambda: GatedPredictor.sizes, "the network's work")
    submit(alice, 3)
    # It would have looked by now.
    threading.Event().wait(queue.PATIENCE.total_seconds() + 5 * engine.LOOK_SECONDS)
    assert running() == 1
    gate.set()
    assert drained.result(30) == 4
    assert GatedPredictor.sizes == [1, 3]


def test_behind_a_batch_that_took_all_it_is_looked_only_when_more_can_be_ours(
    alice: User,
    gate: threading.Event,
    draining: Callable[..., Future[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue, "PATIENCE", datetime.timedelta(seconds=30))
    looks: list[bool] = []
    claim = queue.claim

    def noted(limit: int, *, ahead: bool = False) -> list[Prediction]:
        looks.append(ahead)
        return claim(limit, ahead=ahead)

    monkeypatch.setattr(queue, "claim", noted)
    submit(alice, 1)
    drained = draining(threading.Event())
    wait_until(lambda: GatedPredictor.sizes, "the network's work")
    threading.Event().wait(5 * engine.LOOK_SECONDS)
    gate.set()
    assert drained.result(30) == 1
    assert looks == [False, False]  # for the batch, and when it was done


def test_a_worker_told_to_stop_before_it_begins_claims_nothing(alice: User) -> None:
    submit(alice, 1)
    stopping = threading.Event()
    stopping.set()
    assert engine.drain(seconds=60, stopping=stopping) == 0
    assert Prediction.objects.queued().count() == 1


def test_results_outlive_a_database_that_is_away_for_a_while(
    alice: User, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[int] = []
    store = queue.complete

    def complete(*arguments: object) -> int:
        attempts.append(1)
        if len(attempts) < 3:
            raise OperationalError
        return store(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "STORE_AGAIN_SECONDS", 0)
    monkeypatch.setattr(queue, "complete", complete)
    gate.set()
    submit(alice, 1)
    assert engine.drain(seconds=60) == 1
    assert len(attempts) == 3
    assert Prediction.objects.get().status == Status.SUCCEEDED


def test_a_lease_that_ran_out_is_not_stored_for_ever(
    alice: User, gate: threading.Event, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def complete(*_: object) -> int:
        raise OperationalError

    settings.QUEUE_LEASE_SECONDS = 0
    monkeypatch.setattr(queue, "complete", complete)
    gate.set()
    submit(alice, 1)
    with pytest.raises(OperationalError):
        engine.drain(seconds=60)
    queue.recover()
    assert Prediction.objects.queued().count() == 1
