"""POST predictions/: what is taken in, and what is refused without a trace."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from classifier.accounts import tokens
from classifier.models import LesionImage, Prediction
from tests.classifier.conftest import queries
from tests.conftest import stored_files
from tests.images import encoded, lesion, upload

URL = "/api/v1/predictions/"

PREDICTION_KEYS = {
    "id", "status", "created_at", "started_at", "finished_at", "label", "probability",
    "probabilities", "malignancy", "prior", "in_distribution", "operating_points", "warnings",
    "model", "image", "heatmap_url", "queue_position", "estimated_wait_seconds", "error",
}  # fmt: skip
IMAGE_KEYS = {
    "id", "url", "thumbnail_url", "width", "height", "original_name", "note", "body_site",
    "taken_on", "lesion",
}  # fmt: skip

BAD_FILES = {
    "empty": b"",
    "not_an_image": b"%PDF-1.7 a report",
    "damaged": encoded(lesion(400, 300))[:2000],
    "too_small": encoded(lesion(63, 200)),
    "too_large": b"\xff\xd8".ljust(10_000_001, b"\0"),
    "too_many_pixels": encoded(lesion(64, 64)).replace(
        b"\x00\x40\x00\x40\x03", b"\xff\x00\xff\x00\x03"  # the header's height and width
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", BAD_FILES)
def test_a_bad_file_is_refused_and_leaves_nothing(
    code: str, alice_api: APIClient, media: Path
) -> None:
    answer = alice_api.post(URL, {"image": upload(BAD_FILES[code])})

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert set(error) == {"code", "message"}
    assert error["code"] == code
    assert error["message"].endswith(".")
    assert not LesionImage.objects.exists()
    assert not Prediction.objects.exists()
    assert stored_files(media) == []


FUTURE = timezone.localdate() + datetime.timedelta(days=2)  # still so after midnight


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("image", None, "No file was submitted"),
        ("image", "a text", "not a file"),
        ("body_site", "left pocket", "not a valid choice"),
        ("taken_on", "yesterday", "wrong format"),
        ("taken_on", "2024-02-30", "wrong format"),
        ("taken_on", FUTURE.isoformat(), "future"),
        ("note", "n" * 2001, "no more than 2000"),
        ("note", "a\0b", "Null characters"),
    ],
)
def test_a_bad_field_is_named_and_leaves_nothing(
    field: str, value: str | None, words: str, alice_api: APIClient, media: Path
) -> None:
    data: dict[str, Any] = {"image": upload(), field: value}
    answer = alice_api.post(URL, {key: value for key, value in data.items() if value is not None})

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "fields"}
    assert error["code"] == "invalid"
    assert set(error["fields"]) == {field}
    assert words in error["fields"][field][0]
    assert error["message"] == f"{field}: {error['fields'][field][0]}"
    assert not LesionImage.objects.exists()
    assert stored_files(media) == []


def test_json_is_no_way_to_hand_in_a_photograph(alice_api: APIClient, media: Path) -> None:
    answer = alice_api.post(URL, {"image": "AAAA"}, format="json")
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {"image"}


def test_a_body_that_is_no_json_is_answered_in_the_error_shape(alice_api: APIClient) -> None:
    answer = alice_api.post(URL, "{", content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "parse_error"


def test_a_photograph_is_accepted_and_queued(
    alice: User,
    alice_api: APIClient,
    media: Path,
    wake_ups: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    today = timezone.localdate().isoformat()
    details = {"note": "Itches.", "body_site": "back", "taken_on": today}
    with django_capture_on_commit_callbacks(execute=True):
        answer = alice_api.post(URL, {"image": upload(name="mole.jpg"), **details})

    assert answer.status_code == 202
    prediction = Prediction.objects.get()
    assert answer["Location"] == f"http://testserver{URL}{prediction.pk}/"
    assert prediction.owner == prediction.image.owner == alice
    assert len(stored_files(media)) == 2
    assert wake_ups == ["classifier.tasks.classify_queued"]

    body = answer.json()
    assert set(body) == PREDICTION_KEYS
    assert body.pop("image") == {
        "id": str(prediction.image_id),
        "lesion": None,
        "url": f"http://testserver{URL}{prediction.pk}/image/",
        "thumbnail_url": f"http://testserver{URL}{prediction.pk}/thumbnail/",
        "width": 160,
        "height": 120,
        "original_name": "mole.jpg",
        **details,
    }
    assert body.pop("id") == str(prediction.pk)
    assert body.pop("status") == "queued"
    assert body.pop("created_at")
    assert body.pop("queue_position") == 1
    assert body.pop("warnings") == []
    assert set(body.values()) == {None}


def test_the_location_shows_what_was_answered(alice_api: APIClient, media: Path) -> None:
    answer = alice_api.post(URL, {"image": upload()})
    assert alice_api.get(answer["Location"]).json() == answer.json()


def test_everything_but_the_photograph_may_be_left_empty(alice_api: APIClient, media: Path) -> None:
    empty = {"note": "", "body_site": "", "taken_on": ""}
    for fields in ({}, empty):
        answer = alice_api.post(URL, {"image": upload(), **fields})
        assert answer.status_code == 202
        image = answer.json()["image"]
        assert set(image) == IMAGE_KEYS
        assert (image["note"], image["body_site"], image["taken_on"]) == ("", "", None)


@pytest.mark.parametrize("format_", ["PNG", "JPEG"])
def test_what_counts_is_the_content_not_the_name(
    format_: str, alice_api: APIClient, media: Path
) -> None:
    content = encoded(format=format_)
    assert alice_api.post(URL, {"image": upload(content, "report.pdf")}).status_code == 202


@pytest.mark.parametrize("wait", ["31", "-1", "long"])
def test_a_wait_beyond_its_bounds_is_refused_and_nothing_is_stored(
    wait: str, alice_api: APIClient, media: Path
) -> None:
    answer = alice_api.post(f"{URL}?wait={wait}", {"image": upload()})
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {"wait"}
    assert stored_files(media) == []


def test_two_photographs_in_one_request_are_refused(alice_api: APIClient, media: Path) -> None:
    answer = alice_api.post(URL, {"image": [upload(), upload()]})
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {"image"}
    assert stored_files(media) == []


def test_of_a_file_that_is_far_too_large_only_the_beginning_is_written(
    alice_api: APIClient, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    whole = "django.core.files.uploadhandler.TemporaryFileUploadHandler.receive_data_chunk"
    monkeypatch.setattr(whole, lambda _handler, data, _start: written.append(len(data)))
    answer = alice_api.post(URL, {"image": upload(bytes(25_000_000))})
    assert answer.status_code == 400
    assert "25.0 MB; at most 10 MB" in answer.json()["error"]["message"]
    assert 10_000_000 < sum(written) < 10_200_000


def test_an_upload_costs_nine_queries(alice: User, media: Path, wake_ups: list[str]) -> None:
    api = APIClient(headers={"authorization": f"Token {tokens.issue(alice, 'script')}"})
    assert api.post(URL, {"image": upload()}).status_code == 202  # makes her quota's row
    # Whose token, limits; begin, count, limits, photograph, prediction, end; place in the queue.
    assert queries(lambda: api.post(URL, {"image": upload()})) == 9
