"""The service in figures."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from classifier.models import LesionImage, Prediction, Status
from classifier.staff import figures
from ml.labels import LABELS
from tests.classifier.conftest import queries
from tests.factories import ModelVersionFactory, prediction_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


def ago(days: float, status: str = Status.SUCCEEDED, **fields: Any) -> Prediction:
    """Uploaded and predicted so many days ago."""
    prediction = prediction_in(status, **fields)
    moment = timezone.now() - datetime.timedelta(days=days)
    Prediction.objects.filter(pk=prediction.pk).update(created_at=moment)
    LesionImage.objects.filter(pk=prediction.image_id).update(created_at=moment)
    prediction.refresh_from_db()
    return prediction


def test_each_day_has_its_uploads_and_what_became_of_them() -> None:
    for _ in range(2):
        ago(0)
    ago(1, in_distribution=-0.5)
    ago(1, Status.REJECTED)
    ago(2, Status.FAILED)
    ago(3, Status.QUEUED)
    ago(7)  # beyond
    found = figures.days(7)
    today = timezone.localdate()
    assert [day.date for day in found] == [
        today - datetime.timedelta(days=back) for back in (6, 5, 4, 3, 2, 1, 0)
    ]
    assert [day.uploads for day in found] == [0, 0, 0, 1, 1, 2, 2]
    assert [[day.outcomes[o] for o in figures.OUTCOMES] for day in found[3:]] == [
        [0, 0, 0, 0], [0, 0, 0, 1], [0, 1, 1, 0], [2, 0, 0, 0],
    ]  # fmt: skip


def test_a_retry_is_a_result_and_no_upload() -> None:
    first = ago(0, Status.FAILED)
    prediction_in(Status.SUCCEEDED, image=first.image)
    day = figures.days(1)[0]
    assert day.uploads == 1
    assert (day.outcomes["failed"], day.outcomes["succeeded"]) == (1, 1)


def test_the_mix_is_of_whole_weeks_and_of_what_was_recognised() -> None:
    for label in ("mel", "nv", "nv", "nv"):
        ago(1, label=label)
    ago(1, label="df", in_distribution=-1.0)
    ago(8, label="vasc")
    mixes = figures.weekly_mixes(figures.days(30))
    assert [mix.n for mix in mixes] == [1, 4]
    assert dict(zip(LABELS, mixes[1].shares, strict=True)) == {
        "akiec": 0, "bcc": 0, "bkl": 0, "df": 0, "mel": 0.25, "nv": 0.75, "vasc": 0,
    }  # fmt: skip
    assert mixes[0].shares[LABELS.index("vasc")] == 1


def test_drift_is_how_much_would_have_to_change() -> None:
    assert figures.drift(figures.days(7)) is None
    assert sum(figures.training_mix()) == pytest.approx(1)
    ago(0, label="nv")
    # All nevi, where the training had 6,705 of 10,015.
    assert figures.drift(figures.days(7)) == pytest.approx(1 - 6705 / 10015)


def test_the_queue_says_how_many_wait_and_for_how_long() -> None:
    assert figures.waiting() == figures.Waiting(0, 0, None)
    ago(0, Status.RUNNING)
    ago(1 / 24, Status.QUEUED)
    ago(0, Status.QUEUED)
    waiting = figures.waiting()
    assert (waiting.queued, waiting.running) == (2, 1)
    assert waiting.age_seconds == pytest.approx(3600, abs=60)


def test_times_are_those_of_what_users_waited_for() -> None:
    assert figures.times() is None
    now = timezone.now()
    for seconds in (1, 2, 9):
        prediction = prediction_in(Status.SUCCEEDED)
        Prediction.objects.filter(pk=prediction.pk).update(
            created_at=now,
            started_at=now + datetime.timedelta(seconds=seconds),
            finished_at=now + datetime.timedelta(seconds=seconds + 0.5),
        )
    slow = prediction_in(Status.SUCCEEDED, requested_version=ModelVersionFactory())
    Prediction.objects.filter(pk=slow.pk).update(started_at=now + datetime.timedelta(hours=5))
    times = figures.times()
    assert times is not None
    assert times.n == 3
    assert times.queue == (pytest.approx(2), pytest.approx(8.3))
    assert times.network == (pytest.approx(0.5), pytest.approx(0.5))


def test_figures_cost_the_same_however_much_there_is() -> None:
    few = queries(lambda: figures.days(30))
    for label in LABELS:
        ago(1, label=label)
    assert queries(lambda: figures.days(30)) == few == 2
