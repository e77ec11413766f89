from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from PIL import Image
from pytest_django import Settings

from classifier import intake, queue
from classifier.models import LesionImage, Prediction, Status
from ml.photographs import InvalidPhotograph
from tests.conftest import stored_files
from tests.factories import prediction_in
from tests.images import encoded, lesion, upload

pytestmark = pytest.mark.django_db


def test_a_photograph_is_stored_with_a_queued_prediction(
    alice: User, media: Path, wake_ups: list[str]
) -> None:
    taken = datetime.date(2026, 5, 1)
    prediction = intake.submit(
        owner=alice, file=upload(), note="left of the scar", body_site="back", taken_on=taken
    )
    image = LesionImage.objects.get()
    assert (prediction.status, prediction.image, prediction.owner) == (Status.QUEUED, image, alice)
    assert (image.width, image.height) == (160, 120)
    assert (image.note, image.body_site, image.taken_on) == ("left of the scar", "back", taken)
    assert image.original_name == "lesion.jpg"
    with image.file.open() as file, Image.open(file) as stored:
        assert stored.size == (160, 120)
    assert len(stored_files(media)) == 2


def test_workers_are_woken_once_the_upload_is_committed(
    alice: User, media: Path, wake_ups: list[str], django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        intake.submit(owner=alice, file=upload())
        assert wake_ups == []
    assert wake_ups == ["classifier.tasks.classify_queued"]


@pytest.mark.django_db(transaction=True)
def test_an_unreachable_broker_loses_no_upload(
    alice: User, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("classifier.queue.current_app.send_task", refuse)
    intake.submit(owner=alice, file=upload())
    assert Prediction.objects.queued().count() == 1


def test_a_refused_file_leaves_nothing_behind(alice: User, media: Path) -> None:
    with pytest.raises(InvalidPhotograph):
        intake.submit(owner=alice, file=upload(b"no image"))
    assert not LesionImage.objects.exists()
    assert stored_files(media) == []


def test_a_failing_database_leaves_no_files_behind(
    alice: User, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: LesionImage) -> Prediction:
        raise DatabaseError

    monkeypatch.setattr(queue, "enqueue", fail)
    with pytest.raises(DatabaseError):
        intake.submit(owner=alice, file=upload())
    assert not LesionImage.objects.exists()
    assert stored_files(media) == []


def test_stored_names_say_nothing_of_the_uploaded_one(
    alice: User, media: Path, wake_ups: list[str]
) -> None:
    intake.submit(owner=alice, file=upload(name="Jane Doe 1980.jpg"))
    assert all("jane" not in str(path).lower() for path in stored_files(media))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a" * 300 + ".jpg", "a" * 251 + ".jpg"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("", "photograph"),
    ],
)
def test_the_shown_name_is_printable_and_fits(name: str, shown: str) -> None:
    assert intake.shown_name(name) == shown


def test_files_are_readable_by_the_service_alone(
    alice: User, media: Path, wake_ups: list[str], settings: Settings
) -> None:
    intake.submit(owner=alice, file=upload())
    assert {path.stat().st_mode & 0o077 for path in stored_files(media)} == {0}


def test_the_same_photograph_may_be_handed_in_twice(
    alice: User, media: Path, wake_ups: list[str]
) -> None:
    content = encoded(lesion())
    first, second = (intake.submit(owner=alice, file=upload(content)) for _ in range(2))
    assert first.image_id != second.image_id
    assert first.image.sha256 == second.image.sha256


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.REJECTED, Status.FAILED])
def test_a_retry_makes_a_new_prediction_of_the_same_photograph(
    status: str, media: Path, wake_ups: list[str]
) -> None:
    finished = prediction_in(status)
    again = intake.retry(finished)
    assert again.pk != finished.pk
    assert (again.image, again.status) == (finished.image, Status.QUEUED)


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_a_retry_is_refused_while_one_is_unfinished(status: str, media: Path) -> None:
    unfinished = prediction_in(status)
    with pytest.raises(queue.UnfinishedPrediction):
        intake.retry(unfinished)
    assert Prediction.objects.count() == 1


def test_what_was_just_deleted_can_be_neither_retried_nor_deleted_again(media: Path) -> None:
    gone = prediction_in(Status.FAILED)
    intake.withdraw(prediction_in(Status.SUCCEEDED, image=gone.image))
    with pytest.raises(LesionImage.DoesNotExist):
        intake.retry(gone)
    with pytest.raises(LesionImage.DoesNotExist):
        intake.withdraw(gone)
    assert not Prediction.objects.exists()
