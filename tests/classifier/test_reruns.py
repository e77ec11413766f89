from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from classifier import intake, quotas, tasks, waiting
from classifier.models import LesionImage, ModelVersion, Prediction, Rerun, Status
from classifier.networks import registry
from classifier.staff import reruns
from classifier.worker import engine
from tests.cards import write_artifact
from tests.classifier.conftest import queries
from tests.factories import WorkerFactory, prediction_in
from tests.images import upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media", "wake_ups")]


@pytest.fixture
def version(settings: Settings, tmp_path: Path) -> ModelVersion:
    """Registered; another one serves."""
    settings.NETWORKS_DIR = tmp_path / "networks"
    return registry.take_over(str(write_artifact(tmp_path / "other", version="2")))


@pytest.fixture
def histories(alice: User, bob: User) -> None:
    """Of Alice 20 photographs, of Bob 3."""
    for owner, n in ((alice, 20), (bob, 3)):
        for _ in range(n):
            prediction_in(Status.SUCCEEDED, image__owner=owner)


def work() -> int:
    """As workers do, until nothing is left; returns how many turns it took."""
    turns = 0
    while True:
        turns += 1
        engine.drain(seconds=30)
        if not reruns.feed():
            return turns


def made_by(version: ModelVersion, owner: User) -> int:
    rows = Prediction.objects.filter(model_version=version, owner=owner, status=Status.SUCCEEDED)
    return rows.values("image").distinct().count()


def test_one_users_history_is_classified_again_and_nobody_elses(
    histories: None, alice: User, bob: User, staff: User, version: ModelVersion
) -> None:
    rerun = reruns.order(version=version, ordered_by=staff, owner=alice)
    assert (rerun.total, rerun.share) == (20, 0.0)
    work()
    assert (made_by(version, alice), made_by(version, bob)) == (20, 0)
    rerun.refresh_from_db()
    assert rerun.finished_at is not None
    assert (rerun.queued, rerun.passed_over, rerun.share) == (20, 0, 1.0)


def test_everybodys_history_is(
    histories: None, alice: User, bob: User, staff: User, version: ModelVersion
) -> None:
    rerun = reruns.order(version=version, ordered_by=staff)
    work()
    assert rerun.total == 23
    assert made_by(version, alice) + made_by(version, bob) == 23
    # The old results stay beside the new ones.
    assert Prediction.objects.filter(status=Status.SUCCEEDED).count() == 46


def test_it_comes_in_slices_and_says_how_far_it_is(
    histories: None, alice: User, staff: User, version: ModelVersion
) -> None:
    rerun = reruns.order(version=version, ordered_by=staff, owner=alice)
    assert reruns.feed()
    rerun.refresh_from_db()
    assert (rerun.queued, rerun.share) == (reruns.SLICE, reruns.SLICE / 20)
    assert Prediction.objects.queued().count() == reruns.SLICE
    assert not reruns.feed()  # those first
    assert Prediction.objects.queued().count() == reruns.SLICE


def test_what_the_version_knows_and_what_is_being_classified_is_passed_over(
    alice: User, staff: User, version: ModelVersion
) -> None:
    prediction_in(Status.SUCCEEDED, image__owner=alice, model_version=version)
    prediction_in(Status.RUNNING, image__owner=alice)
    wanted = prediction_in(Status.FAILED, image__owner=alice)
    rerun = reruns.order(version=version, ordered_by=staff, owner=alice)
    reruns.feed()
    rerun.refresh_from_db()
    assert (rerun.queued, rerun.passed_over) == (1, 2)
    assert Prediction.objects.queued().get().image_id == wanted.image_id


def test_two_of_them_come_one_after_the_other(
    histories: None, bob: User, staff: User, version: ModelVersion
) -> None:
    first = reruns.order(version=version, ordered_by=staff, owner=bob)
    second = reruns.order(version=version, ordered_by=staff, owner=bob)
    work()
    for rerun in (first, second):
        rerun.refresh_from_db()
    assert (first.queued, first.passed_over) == (3, 0)
    assert (second.queued, second.passed_over) == (0, 3)


def test_a_cancelled_one_goes_no_further(
    histories: None, alice: User, staff: User, version: ModelVersion
) -> None:
    rerun = reruns.order(version=version, ordered_by=staff, owner=alice)
    reruns.feed()
    assert reruns.cancel(Rerun.objects.all()) == 1
    assert reruns.cancel(Rerun.objects.all()) == 0
    work()
    assert made_by(version, alice) == reruns.SLICE
    rerun.refresh_from_db()
    assert rerun.stopped_because == reruns.CANCELLED
    assert rerun.share == reruns.SLICE / 20


def test_photographs_that_go_meanwhile_do_no_harm(
    histories: None, alice: User, staff: User, version: ModelVersion
) -> None:
    rerun = reruns.order(version=version, ordered_by=staff, owner=alice)
    reruns.feed()
    LesionImage.objects.all().delete()
    work()
    rerun.refresh_from_db()
    assert rerun.finished_at is not None


def test_a_slice_costs_the_same_number_of_queries(
    histories: None, alice: User, bob: User, staff: User, version: ModelVersion
) -> None:
    reruns.order(version=version, ordered_by=staff, owner=bob)
    few = queries(reruns.feed)
    Rerun.objects.all().delete()
    Prediction.objects.queued().delete()
    reruns.order(version=version, ordered_by=staff, owner=alice)
    assert queries(reruns.feed) == few


def test_the_worker_goes_on_by_itself_also_after_a_lost_message(
    histories: None, bob: User, staff: User, version: ModelVersion, wake_ups: list[str]
) -> None:
    reruns.order(version=version, ordered_by=staff, owner=bob)
    tasks.recover()
    assert set(wake_ups) == {"classifier.tasks.classify_queued"}
    while wake_ups:
        wake_ups.clear()
        tasks.classify_queued()
    assert made_by(version, bob) == 3
    assert not reruns.unfinished().exists()


@pytest.mark.parametrize("asks", ["quota", "place"])
def test_it_takes_no_place_of_its_owner(
    asks: str, histories: None, alice: User, staff: User, version: ModelVersion, settings: Settings
) -> None:
    settings.QUOTAS = {**settings.QUOTAS, "unfinished": 1}
    WorkerFactory(photographs_per_second=1)
    reruns.order(version=version, ordered_by=staff, owner=alice)
    reruns.feed()
    if asks == "quota":
        quotas.refuse_early(alice)
    else:
        prediction = intake.submit(owner=alice, file=upload())
        waiting.note_places([prediction])
        assert prediction.queue_position == 1
