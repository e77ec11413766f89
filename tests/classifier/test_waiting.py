"""What somebody who waits is told."""

from __future__ import annotations

import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from classifier import waiting
from classifier.capacity import Worker
from classifier.models import Prediction, Status
from tests.classifier.conftest import queries
from tests.factories import PredictionFactory, WorkerFactory, prediction_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

URL = "/api/v1/predictions/"


def seen(seconds_ago: float, **fields: object) -> Worker:
    seen_at = timezone.now() - datetime.timedelta(seconds=seconds_ago)
    worker: Worker = WorkerFactory(seen_at=seen_at, **fields)
    return worker


def places(*predictions: Prediction) -> list[int | None]:
    waiting.note_places(predictions)
    return [prediction.queue_position for prediction in predictions]


def test_a_place_counts_the_older_ones_in_the_queue_whoever_they_belong_to() -> None:
    first, other, last = (PredictionFactory() for _ in range(3))
    running, done = prediction_in(Status.RUNNING), prediction_in(Status.SUCCEEDED)
    assert places(last, done, first, running) == [3, None, 1, None]
    assert places(other) == [2]


def test_places_cost_one_query_however_many_there_are() -> None:
    assert queries(lambda: places(prediction_in(Status.SUCCEEDED))) > 0
    finished = prediction_in(Status.FAILED)
    assert queries(lambda: places(finished)) == 0
    rows = [PredictionFactory() for _ in range(9)]
    assert queries(lambda: places(*rows)) == 1


def test_the_wait_follows_from_what_the_workers_manage_together() -> None:
    seen(1, photographs_per_second=3.0)
    seen(1, photographs_per_second=1.0)
    seen(1, photographs_per_second=None)
    seen(31, photographs_per_second=50.0)
    PredictionFactory()
    assert waiting.estimated_wait(PredictionFactory()) == 0.5


def test_without_a_worker_nobody_knows_how_long_it_takes() -> None:
    seen(31, photographs_per_second=50.0)
    assert waiting.estimated_wait(PredictionFactory()) is None


def test_nobody_works_when_no_worker_was_seen_for_half_a_minute() -> None:
    assert waiting.nobody_works()
    seen(31)
    assert waiting.nobody_works()
    seen(29)
    assert not waiting.nobody_works()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (0.2, "1 second"), (1.2, "2 seconds"), (90, "90 seconds"), (91, "2 minutes")],
)
def test_a_wait_in_words(seconds: float | None, words: str) -> None:
    assert waiting.in_words(seconds) == words


def test_the_api_tells_place_and_wait(alice: User, alice_api: APIClient) -> None:
    seen(1, photographs_per_second=10.0)
    PredictionFactory()
    own = PredictionFactory(image__owner=alice)
    for answer in (
        alice_api.get(URL).json()["results"][0],
        alice_api.get(f"{URL}{own.pk}/").json(),
    ):
        assert (answer["queue_position"], answer["estimated_wait_seconds"]) == (2, 0.2)


def test_the_page_tells_place_and_wait(alice: User, alice_browser: Client) -> None:
    seen(1, photographs_per_second=0.5)
    PredictionFactory()
    own = PredictionFactory(image__owner=alice)
    html = alice_browser.get(f"/predictions/{own.pk}/").content.decode()
    assert "Position in the queue: 2 · about 4 seconds" in " ".join(html.split())
    assert "No worker is running" not in html


@pytest.mark.parametrize("status", Status.values)
def test_the_page_says_when_nobody_works_while_somebody_waits(
    status: str, alice: User, alice_browser: Client
) -> None:
    own = prediction_in(status, image__owner=alice)
    html = alice_browser.get(f"/predictions/{own.pk}/").content.decode()
    assert ("No worker is running" in html) == (status in ("queued", "running"))
