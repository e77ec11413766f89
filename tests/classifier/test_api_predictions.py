"""One prediction through the API: shown, deleted, retried."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from classifier.models import UNFINISHED, LesionImage, Prediction, Status
from ml.labels import LABELS
from tests.classifier.test_api_upload import IMAGE_KEYS, PREDICTION_KEYS
from tests.conftest import stored_files
from tests.factories import prediction_in

RESULTS = (
    "label", "probability", "probabilities", "malignancy", "prior", "operating_points", "model",
)  # fmt: skip


def url(prediction: Prediction, part: str = "") -> str:
    return f"/api/v1/predictions/{prediction.pk}/{part}"


# Shown


def test_what_does_not_exist_is_404(alice_api: APIClient) -> None:
    answer = alice_api.get(f"/api/v1/predictions/{uuid.uuid4()}/")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_a_prediction_in_every_state_has_the_same_shape(
    any_prediction: Prediction, alice_api: APIClient
) -> None:
    answer = alice_api.get(url(any_prediction))
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == PREDICTION_KEYS
    assert set(body["image"]) == IMAGE_KEYS
    assert body["id"] == str(any_prediction.pk)
    assert body["status"] == any_prediction.status
    assert body["warnings"] == []
    assert body["in_distribution"] is body["heatmap_url"] is None
    assert (body["finished_at"] is None) == (body["status"] in UNFINISHED)
    assert (body["queue_position"] == 1) == (body["status"] == "queued")


def test_only_a_succeeded_prediction_has_results(
    any_prediction: Prediction, alice_api: APIClient
) -> None:
    body = alice_api.get(url(any_prediction)).json()
    results = [body[key] for key in RESULTS]
    if any_prediction.status == Status.SUCCEEDED:
        assert None not in results
    else:
        assert results == [None] * len(RESULTS)


def test_only_a_refused_prediction_has_an_error(
    any_prediction: Prediction, alice_api: APIClient
) -> None:
    body = alice_api.get(url(any_prediction)).json()
    if any_prediction.status in (Status.REJECTED, Status.FAILED):
        assert body["error"] == {
            "code": any_prediction.error_code,
            "message": any_prediction.error_message,
        }
    else:
        assert body["error"] is None


@pytest.mark.parametrize(("label", "malignancy"), [("mel", 0.9 + 0.2 / 6), ("nv", 0.3 / 6)])
def test_results_are_the_seven_classes_and_their_malignant_part(
    label: str, malignancy: float, alice: User, alice_api: APIClient, media: Path
) -> None:
    prediction = prediction_in(Status.SUCCEEDED, label=label, image__owner=alice)
    body = alice_api.get(url(prediction)).json()
    assert (body["label"], body["probability"]) == (label, 0.9)
    assert tuple(body["probabilities"]) == LABELS
    assert sum(body["probabilities"].values()) == pytest.approx(1)
    assert body["malignancy"] == pytest.approx(malignancy)
    assert body["model"] == {"name": "testnet", "version": "1"}


def test_the_position_counts_what_was_queued_before_by_anybody(
    alice: User, bob: User, alice_api: APIClient, media: Path
) -> None:
    prediction_in(Status.QUEUED, image__owner=bob)
    prediction_in(Status.RUNNING, image__owner=bob)
    own = prediction_in(Status.QUEUED, image__owner=alice)
    prediction_in(Status.QUEUED, image__owner=bob)
    assert alice_api.get(url(own)).json()["queue_position"] == 2


# Deleted


def test_a_stranger_cannot_delete(succeeded: Prediction, bob_api: APIClient, media: Path) -> None:
    assert bob_api.delete(url(succeeded)).status_code == 404
    assert Prediction.objects.filter(pk=succeeded.pk).exists()
    assert len(stored_files(media)) == 2


def test_deleting_takes_photograph_predictions_and_files(
    any_prediction: Prediction,
    alice_api: APIClient,
    media: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    prediction_in(Status.FAILED, image=any_prediction.image)
    other = prediction_in(Status.SUCCEEDED, image__owner=any_prediction.owner)

    with django_capture_on_commit_callbacks(execute=True):
        answer = alice_api.delete(url(any_prediction))

    assert (answer.status_code, answer.content) == (204, b"")
    assert list(Prediction.objects.all()) == [other]
    assert list(LesionImage.objects.all()) == [other.image]
    kept = {other.image.file.path, other.image.thumbnail.path}
    assert {str(path) for path in stored_files(media)} == kept
    assert alice_api.delete(url(any_prediction)).status_code == 404


# Retried


def test_a_stranger_cannot_retry(succeeded: Prediction, bob_api: APIClient) -> None:
    assert bob_api.post(url(succeeded, "retry/")).status_code == 404
    assert Prediction.objects.count() == 1


@pytest.mark.parametrize("status", UNFINISHED)
def test_no_retry_while_one_is_unfinished(
    status: str, alice: User, alice_api: APIClient, media: Path
) -> None:
    unfinished = prediction_in(status, image__owner=alice)
    finished = prediction_in(Status.FAILED, image=unfinished.image)
    for prediction in (unfinished, finished):
        answer = alice_api.post(url(prediction, "retry/"))
        assert answer.status_code == 409
        assert set(answer.json()["error"]) == {"code", "message"}
        assert answer.json()["error"]["code"] == "unfinished_prediction"
    assert Prediction.objects.count() == 2


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.REJECTED, Status.FAILED])
def test_a_retry_is_a_new_prediction_of_the_same_photograph(
    status: str,
    alice: User,
    alice_api: APIClient,
    media: Path,
    wake_ups: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    finished = prediction_in(status, image__owner=alice)
    with django_capture_on_commit_callbacks(execute=True):
        answer = alice_api.post(url(finished, "retry/"))

    assert answer.status_code == 202
    again = Prediction.objects.exclude(pk=finished.pk).get()
    assert answer["Location"] == f"http://testserver{url(again)}"
    assert answer.json()["id"] == str(again.pk)
    assert answer.json()["status"] == again.status == Status.QUEUED
    assert (again.image, again.owner) == (finished.image, alice)
    assert wake_ups == ["classifier.tasks.classify_queued"]
    finished.refresh_from_db()
    assert finished.status == status
