"""images/{id}/: a photograph, and what its owner says of it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.test import APIClient

from classifier.models import Diagnosis, LesionImage, Prediction, Status
from tests.classifier.conftest import api_client, queries
from tests.classifier.test_api_upload import IMAGE_KEYS
from tests.factories import prediction_in

pytestmark = pytest.mark.usefixtures("media")


@pytest.fixture
def image(alice: User) -> LesionImage:
    fields = {"note": "Itches.", "body_site": "back", "taken_on": "2024-05-17"}
    return prediction_in(
        Status.SUCCEEDED, image__owner=alice, **{f"image__{k}": v for k, v in fields.items()}
    ).image


def url(image: LesionImage) -> str:
    return f"/api/v1/images/{image.pk}/"


def said(image: LesionImage) -> tuple[Any, ...]:
    image.refresh_from_db()
    return image.note, image.body_site, str(image.taken_on)


UNCHANGED = ("Itches.", "back", "2024-05-17")


def test_staff_too_have_photographs_of_their_own_only(image: LesionImage, staff: User) -> None:
    client = api_client(staff)
    assert client.get(url(image)).status_code == 404
    assert client.patch(url(image), {"note": "x"}).status_code == 404
    assert said(image) == UNCHANGED


def test_a_photograph_is_shown_with_its_predictions(
    image: LesionImage, alice_api: APIClient, staff: User
) -> None:
    first = image.predictions.get()
    second = prediction_in(Status.QUEUED, image=image)
    body = alice_api.get(url(image)).json()
    assert set(body) == IMAGE_KEYS | {"created_at", "kept_until", "predictions", "diagnosis"}
    assert body["predictions"] == [str(second.pk), str(first.pk)]
    assert body["url"] == f"http://testserver/api/v1/predictions/{second.pk}/image/"
    assert alice_api.get(body["thumbnail_url"]).getvalue()
    assert body["diagnosis"] is None
    Diagnosis.objects.create(image=image, label="mel", method="histo", diagnosed_by=staff)
    diagnosis = alice_api.get(url(image)).json()["diagnosis"]
    assert (diagnosis["label"], diagnosis["diagnosed_by"]) == ("mel", "staff")


def test_without_a_prediction_there_is_no_address(image: LesionImage, alice_api: APIClient) -> None:
    Prediction.objects.all().delete()
    body = alice_api.get(url(image)).json()
    assert (body["url"], body["thumbnail_url"], body["predictions"]) == (None, None, [])


def test_it_costs_three_queries_however_many_predictions_there_are(
    image: LesionImage, alice_api: APIClient
) -> None:
    for _ in range(5):
        prediction_in(Status.FAILED, image=image)
    assert queries(lambda: alice_api.get(url(image))) == 3


TOMORROW = timezone.localdate() + datetime.timedelta(days=2)  # still so after midnight


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("note", "n" * 2001),
        ("note", None),
        ("body_site", "left pocket"),
        ("body_site", None),
        ("taken_on", "2024-02-30"),
        ("taken_on", TOMORROW.isoformat()),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(
    field: str, value: str | None, image: LesionImage, alice_api: APIClient
) -> None:
    changes = {"note": "new", "body_site": "chest", field: value}
    answer = alice_api.patch(url(image), changes, format="json")
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {field}
    assert said(image) == UNCHANGED


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, UNCHANGED),
        ({"note": "Gone."}, ("Gone.", "back", "2024-05-17")),
        ({"note": "", "body_site": ""}, ("", "", "2024-05-17")),
        ({"taken_on": None}, ("Itches.", "back", "None")),
        ({"taken_on": "2023-01-01"}, ("Itches.", "back", "2023-01-01")),
    ],
)
def test_what_is_not_named_stays(
    changes: dict[str, Any], expected: tuple[str, ...], image: LesionImage, alice_api: APIClient
) -> None:
    answer = alice_api.patch(url(image), changes, format="json")
    assert answer.status_code == 200
    assert said(image) == expected
    assert answer.json() == alice_api.get(url(image)).json()


def test_nothing_else_can_be_changed(image: LesionImage, alice_api: APIClient, bob: User) -> None:
    before = LesionImage.objects.values().get()
    changes = {"owner": bob.pk, "original_name": "x", "width": 1, "lesion": None, "id": "x"}
    assert alice_api.patch(url(image), changes, format="json").status_code == 200
    assert LesionImage.objects.values().get() == before
