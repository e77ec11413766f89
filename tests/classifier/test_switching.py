"""Another network becomes active while a worker works; versions that are asked for by name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import Settings

from classifier import intake, queue
from classifier.models import ModelVersion, Prediction, Status
from classifier.networks import registry
from classifier.staff import reruns
from classifier.worker import engine, loaded
from classifier.worker.heartbeat import Heartbeat
from classifier.worker.loaded import networks
from ml.predictions import Predictions
from ml.preprocessing import Pixels
from tests.cards import write_artifact
from tests.images import upload
from tests.predictor import ColourPredictor
from tests.services import wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("media", "wake_ups"),
]


class GatedPredictor(ColourPredictor):
    """Works for as long as its gate is closed; notes who answered how many of which size."""

    gate = threading.Event()
    calls: list[tuple[str, int, int]] = []

    def predict(self, pixels: Pixels) -> Predictions:
        self.calls.append((self.artifact.version, len(pixels), pixels.shape[1]))
        assert self.gate.wait(30)
        return super().predict(pixels)


@pytest.fixture(autouse=True)
def gate(settings: Settings) -> Iterator[threading.Event]:
    settings.PREDICTOR = "tests.classifier.test_switching.GatedPredictor"
    GatedPredictor.calls.clear()
    GatedPredictor.gate.set()
    yield GatedPredictor.gate
    GatedPredictor.gate.set()


@pytest.fixture
def versions(settings: Settings, tmp_path: Path) -> list[ModelVersion]:
    """The active one, whose input is 224 pixels wide, and another with 96."""
    settings.NETWORKS_DIR = tmp_path / "networks"
    taken = [
        registry.take_over(
            str(write_artifact(tmp_path / version, version=version, input_size=size))
        )
        for version, size in (("1", 224), ("2", 96))
    ]
    registry.activate(taken[0])
    return taken


@pytest.fixture
def draining() -> Iterator[Callable[[], Future[int]]]:
    def drain() -> int:
        try:
            return engine.drain(seconds=60)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as worker:
        yield lambda: worker.submit(drain)
        GatedPredictor.gate.set()


def submit(owner: User, n: int = 1) -> list[Prediction]:
    return [intake.submit(owner=owner, file=upload()) for _ in range(n)]


def made_by(predictions: list[Prediction]) -> list[str | None]:
    """The versions that made them; None where there is no result."""
    rows = [Prediction.objects.select_related("model_version").get(pk=p.pk) for p in predictions]
    return [row.model_version and row.model_version.version for row in rows]


def test_a_batch_ends_on_its_network_and_the_next_begins_on_the_active_one(
    alice: User,
    versions: list[ModelVersion],
    gate: threading.Event,
    draining: Callable[[], Future[int]],
) -> None:
    gate.clear()
    before = submit(alice, 2)
    drained = draining()
    wait_until(lambda: GatedPredictor.calls, "the first network's work")
    registry.activate(versions[1])
    networks.follow()  # as the heartbeat does, in a thread of its own
    gate.set()
    assert drained.result(30) == 2
    after = submit(alice, 2)
    assert engine.drain(seconds=30) == 2
    assert made_by(before) == ["1", "1"]
    assert made_by(after) == ["2", "2"]
    # Decoded for the network that answered, each exactly once.
    assert GatedPredictor.calls == [("1", 2, 224), ("2", 2, 96)]
    assert set(Prediction.objects.values_list("status", "attempt")) == {(Status.SUCCEEDED, 1)}


def test_the_heartbeat_loads_what_became_active_and_says_so(
    alice: User, versions: list[ModelVersion]
) -> None:
    heart = Heartbeat()
    heart.network = networks.active().version
    heart.beat()
    registry.activate(versions[1])
    heart.beat()
    assert heart.network == versions[1]
    assert versions[1].workers.count() == 1
    assert made_by(submitted := submit(alice)) == [None]
    engine.drain(seconds=10)
    assert made_by(submitted) == ["2"]


def test_a_network_that_cannot_be_loaded_leaves_the_former_at_work(
    alice: User, versions: list[ModelVersion], caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    networks.active()
    broken = ModelVersion.objects.create(name="broken", version="9", sha256="9" * 64)
    registry.activate(broken)
    assert networks.follow() == versions[0]
    assert "broken 9 cannot be loaded" in caplog.text
    submitted = submit(alice)
    engine.drain(seconds=10)
    assert made_by(submitted) == ["1"]
    caplog.clear()
    networks.follow()
    assert caplog.text == ""  # not tried again at once


def test_a_network_is_tried_again_after_a_while(
    versions: list[ModelVersion], monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(loaded, "TRY_AGAIN_SECONDS", 0.0)
    networks.active()
    folder = settings.NETWORKS_DIR / versions[1].sha256
    folder.rename(folder.with_name("away"))
    registry.activate(versions[1])
    assert networks.follow() == versions[0]
    folder.with_name("away").rename(folder)
    assert networks.follow() == versions[1]


def test_a_shadow_that_cannot_be_loaded_is_none(versions: list[ModelVersion]) -> None:
    networks.active()
    registry.cast_shadow(versions[1])
    networks.follow()
    assert networks.shadow is not None
    gone = ModelVersion.objects.create(name="gone", version="9", sha256="9" * 64)
    registry.cast_shadow(gone)
    assert networks.follow() == versions[0]
    assert networks.shadow is None


def test_a_card_that_changed_is_loaded_anew(versions: list[ModelVersion], tmp_path: Path) -> None:
    before = networks.active()
    write_artifact(tmp_path / "again", version="1", input_size=224, date="2026-11-26")
    registry.take_over(str(tmp_path / "again"))
    networks.follow()
    assert networks.active() is not before
    assert networks.active().predictor.artifact.card["date"] == "2026-11-26"


# Asked by name


def rerun(prediction: Prediction, version: ModelVersion) -> Prediction:
    assert queue.enqueue_in_background([prediction.image], version) == 1
    return Prediction.objects.queued().get(requested_version=version)


def test_what_was_asked_of_a_version_is_made_by_it_after_what_users_wait_for(
    alice: User, versions: list[ModelVersion]
) -> None:
    old = submit(alice)
    engine.drain(seconds=10)
    asked = [rerun(old[0], versions[1])]
    newer = submit(alice, 2)
    GatedPredictor.calls.clear()
    assert engine.drain(seconds=10) == 3
    assert (made_by(old), made_by(asked), made_by(newer)) == (["1"], ["2"], ["1", "1"])
    assert [version for version, *_ in GatedPredictor.calls] == ["1", "2"]


def test_whoever_uploads_during_a_rerun_is_next(
    alice: User,
    versions: list[ModelVersion],
    gate: threading.Event,
    draining: Callable[[], Future[int]],
) -> None:
    old = submit(alice, 20)
    engine.drain(seconds=30)
    queue.enqueue_in_background([prediction.image for prediction in old], versions[1])
    GatedPredictor.calls.clear()
    gate.clear()
    drained = draining()
    wait_until(lambda: GatedPredictor.calls, "the re-run's work")
    submit(alice)
    gate.set()
    assert drained.result(30) == 21
    assert [(version, n) for version, n, _ in GatedPredictor.calls] == [
        ("2", 8), ("1", 1), ("2", 8), ("2", 4),
    ]  # fmt: skip


def test_what_is_asked_of_a_network_that_is_not_there_fails_and_ends_its_rerun(
    alice: User, versions: list[ModelVersion]
) -> None:
    old = submit(alice)
    engine.drain(seconds=10)
    gone = ModelVersion.objects.create(name="gone", version="9", sha256="9" * 64)
    ordered = reruns.order(version=gone, ordered_by=alice)
    asked = rerun(old[0], gone)
    newer = submit(alice)
    assert engine.drain(seconds=10) == 1
    asked.refresh_from_db()
    assert (asked.status, asked.error_code) == (Status.FAILED, "network_unavailable")
    assert made_by(newer) == ["1"]
    ordered.refresh_from_db()
    assert ordered.finished_at is not None
    assert ordered.stopped_because == reruns.UNAVAILABLE
