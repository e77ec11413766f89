"""What a user may ask of the service, and what who asks for more is told."""

from __future__ import annotations

import datetime
import threading
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from classifier import intake, quotas
from classifier.capacity import Quota
from classifier.models import LesionImage, Prediction, Status
from tests.classifier.conftest import queries
from tests.conftest import stored_files
from tests.factories import LesionImageFactory, WorkerFactory, prediction_in
from tests.images import upload

URL = "/api/v1/predictions/"
pytestmark = pytest.mark.usefixtures("media", "wake_ups")


@pytest.fixture
def limits(settings: Settings) -> dict[str, int]:
    """The installation's; whoever changes them changes them for the test."""
    settings.QUOTAS = {"unfinished": 100, "uploads_an_hour": 100, "stored_images": 100}
    limits: dict[str, int] = settings.QUOTAS
    return limits


def hand_in(user: User) -> Prediction:
    return intake.submit(owner=user, file=upload())


def refused(user: User) -> quotas.QuotaExceeded:
    with pytest.raises(quotas.QuotaExceeded) as raised:
        hand_in(user)
    return raised.value


def finish_all() -> None:
    Prediction.objects.update(
        status=Status.FAILED, finished_at=timezone.now(), error_code="x", error_message="X."
    )


def test_unfinished_ones_are_limited_until_one_of_them_is_finished(
    alice: User, bob: User, limits: dict[str, int]
) -> None:
    limits["unfinished"] = 2
    WorkerFactory(photographs_per_second=0.25)
    for _ in range(2):
        hand_in(alice)
    error = refused(alice)
    assert (error.code, error.retry_after) == ("too_many_unfinished", 4)
    assert error.message.startswith("2 of your photographs wait")
    assert error.message.endswith("Try again in about 4 seconds.")
    hand_in(bob)
    finish_all()
    hand_in(alice)


def test_where_no_wait_is_known_some_seconds_are_named(alice: User, limits: dict[str, int]) -> None:
    limits["unfinished"] = 1
    prediction_in(Status.RUNNING, image__owner=alice)
    assert refused(alice).retry_after == 10


def test_uploads_are_limited_until_the_hour_is_over_and_deleting_does_not_help(
    alice: User, limits: dict[str, int]
) -> None:
    limits["uploads_an_hour"] = 2
    for _ in range(2):
        intake.withdraw(hand_in(alice))
    error = refused(alice)
    assert error.code == "too_many_uploads"
    assert 3590 < error.retry_after <= 3600
    assert error.message == (
        "You have uploaded 2 photographs within an hour, which is the limit. "
        "Try again in 60 minutes."
    )
    hour_ago = timezone.now() - datetime.timedelta(hours=1)
    Quota.objects.update(hour_began_at=hour_ago)
    hand_in(alice)
    assert Quota.objects.get(user=alice).uploads_this_hour == 1


def test_stored_ones_are_limited_until_some_are_deleted(
    alice: User, limits: dict[str, int]
) -> None:
    limits["stored_images"] = 1
    first = hand_in(alice)
    error = refused(alice)
    assert error.code == "too_many_stored"
    assert error.message.startswith("You have 1 stored photograph, which is the limit.")
    intake.withdraw(first)
    hand_in(alice)


@pytest.mark.parametrize("own", [0, 1])
def test_a_users_own_limit_goes_before_that_of_the_installation(
    own: int, alice: User, limits: dict[str, int]
) -> None:
    limits["unfinished"] = 1 - own
    Quota.objects.create(user=alice, unfinished=own)
    if own:
        hand_in(alice)
    assert refused(alice).code == "too_many_unfinished"


def test_a_refused_upload_leaves_nothing_and_is_not_counted(
    alice: User, limits: dict[str, int], media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits["stored_images"] = 0
    monkeypatch.setattr(quotas, "refuse_early", lambda _: None)
    refused(alice)
    assert stored_files(media) == []
    assert not LesionImage.objects.exists()
    assert not Quota.objects.filter(uploads_this_hour__gt=0).exists()


def test_what_is_refused_is_not_even_decoded(
    alice: User, limits: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits["uploads_an_hour"] = 0
    Quota.objects.create(user=alice, hour_began_at=timezone.now())
    monkeypatch.delattr("classifier.imaging.normalise")
    assert refused(alice).code == "too_many_uploads"


def test_a_retry_counts_as_unfinished_alone(alice: User, limits: dict[str, int]) -> None:
    limits.update(unfinished=1, uploads_an_hour=0, stored_images=0)
    failed, other = (prediction_in(Status.FAILED, image__owner=alice) for _ in range(2))
    intake.retry(failed)
    with pytest.raises(quotas.QuotaExceeded):
        intake.retry(other)


@pytest.mark.django_db(transaction=True)
def test_uploads_at_once_cannot_share_the_last_place(
    alice: User, limits: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits["unfinished"] = 3
    monkeypatch.setattr(quotas, "refuse_early", lambda _: None)
    start, refusals = threading.Barrier(8), []

    def user() -> None:
        start.wait()
        try:
            hand_in(alice)
        except quotas.QuotaExceeded as error:
            refusals.append(error)
        connection.close()

    threads = [threading.Thread(target=user) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refusals) == 5
    assert Prediction.objects.count() == 3


def test_the_api_answers_429_with_when_to_try_again(
    alice: User, alice_api: APIClient, limits: dict[str, int]
) -> None:
    limits["unfinished"] = 1
    first = alice_api.post(URL, {"image": upload()}).json()
    failed = prediction_in(Status.FAILED, image__owner=alice)
    for answer in (
        alice_api.post(URL, {"image": upload()}),
        alice_api.post(f"{URL}{failed.pk}/retry/"),
    ):
        assert answer.status_code == 429
        assert answer["Retry-After"] == "10"
        error = answer.json()["error"]
        assert set(error) == {"code", "message"}
        assert error["code"] == "too_many_unfinished"
    assert alice_api.get(f"{URL}{first['id']}/").status_code == 200


def test_the_page_says_which_limit_once_and_keeps_what_was_within_it(
    alice: User, alice_browser: Client, limits: dict[str, int]
) -> None:
    limits["stored_images"] = 1
    answer = alice_browser.post("/upload/", {"images": [upload() for _ in range(3)]}, follow=True)
    html = answer.content.decode()
    assert html.count("1 stored photograph, which is the limit") == 1
    assert "2 photographs were not uploaded." in html
    assert LesionImage.objects.count() == 1


def test_a_limit_is_named_in_the_readers_language(
    alice: User, alice_browser: Client, limits: dict[str, int]
) -> None:
    limits["uploads_an_hour"] = 1
    hand_in(alice)
    answer = alice_browser.post(
        "/upload/", {"images": upload()}, headers={"accept-language": "de"}, follow=True
    )
    html = answer.content.decode()
    assert "Sie haben innerhalb einer Stunde 1 Foto hochgeladen; das ist die Grenze." in html
    assert "in 60 Minuten" in html


def test_usage_counts_what_the_limits_count(alice: User, limits: dict[str, int]) -> None:
    assert quotas.usage(alice).anew_at is None
    intake.withdraw(hand_in(alice))
    hand_in(alice)
    prediction_in(Status.FAILED, image__owner=alice)
    usage = quotas.usage(alice)
    assert (usage.unfinished, usage.uploads, usage.stored) == ((1, 100), (2, 100), (2, 100))
    quota = Quota.objects.get()
    assert quota.hour_began_at is not None
    assert usage.anew_at == quota.hour_began_at + quotas.HOUR
    Quota.objects.update(hour_began_at=quota.hour_began_at - quotas.HOUR, stored_images=5)
    usage = quotas.usage(alice)
    assert (usage.uploads, usage.stored, usage.anew_at) == ((0, 100), (2, 5), None)


def test_the_account_page_shows_what_is_used_of_each_limit(
    alice: User, alice_browser: Client, limits: dict[str, int]
) -> None:
    limits["uploads_an_hour"] = 10_000
    html = alice_browser.get("/account/").content.decode()
    assert "An hour begins with its first upload." in html
    hand_in(alice)
    html = " ".join(alice_browser.get("/account/").content.decode().split())
    for used in ("1 of 100", "1 of 10,000"):
        assert f'<td class="number"> {used} </td>' in html
    began = Quota.objects.get().hour_began_at
    assert began is not None
    assert f"The hour begins anew at {began + quotas.HOUR:%H:%M}." in html
    german = alice_browser.get("/account/", headers={"accept-language": "de"}).content.decode()
    assert "1 von 10.000" in german


def test_a_retry_on_the_page_says_which_limit(
    alice: User, alice_browser: Client, limits: dict[str, int]
) -> None:
    limits["unfinished"] = 0
    failed = prediction_in(Status.FAILED, image__owner=alice)
    answer = alice_browser.post(f"/predictions/{failed.pk}/retry/", follow=True)
    assert "0 of your photographs wait" in answer.content.decode()


def test_the_check_costs_the_same_however_many_there_are(alice: User) -> None:
    hand_in(alice)
    few = queries(lambda: hand_in(alice))
    LesionImageFactory.create_batch(20, owner=alice)
    assert queries(lambda: hand_in(alice)) == few
