"""diagnoses/: staff write them, the photograph's owner reads his own."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from classifier.models import Diagnosis, LesionImage, Status
from tests.classifier.conftest import api_client, queries
from tests.factories import prediction_in

URL = "/api/v1/diagnoses/"
pytestmark = pytest.mark.usefixtures("media")


@pytest.fixture
def image(alice: User) -> LesionImage:
    return prediction_in(Status.SUCCEEDED, image__owner=alice).image


@pytest.fixture
def diagnosis(image: LesionImage, staff: User) -> Diagnosis:
    return Diagnosis.objects.create(image=image, label="mel", method="histo", diagnosed_by=staff)


@pytest.fixture
def staff_api(staff: User) -> APIClient:
    return api_client(staff)


def test_a_user_writes_none(image: LesionImage, alice_api: APIClient) -> None:
    body = {"image": str(image.pk), "label": "nv", "method": "histo"}
    answer = alice_api.post(URL, body, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")
    assert not Diagnosis.objects.exists()


def test_an_owner_reads_his_own_and_changes_nothing(
    diagnosis: Diagnosis, alice_api: APIClient
) -> None:
    url = f"{URL}{diagnosis.pk}/"
    body = alice_api.get(url).json()
    assert body.pop("created_at")
    assert body == {
        "id": diagnosis.pk,
        "image": str(diagnosis.image_id),
        "label": "mel",
        "method": "histo",
        "diagnosed_by": "staff",
    }
    assert [one["id"] for one in alice_api.get(URL).json()["results"]] == [diagnosis.pk]
    assert alice_api.patch(url, {"label": "nv"}).status_code == 403
    assert alice_api.delete(url).status_code == 403
    assert Diagnosis.objects.get().label == "mel"


def test_others_diagnoses_are_not_there(diagnosis: Diagnosis, bob_api: APIClient) -> None:
    url = f"{URL}{diagnosis.pk}/"
    assert bob_api.get(URL).json()["results"] == []
    for answer in (bob_api.get(url), bob_api.patch(url, {"label": "nv"}), bob_api.delete(url)):
        assert answer.status_code == 404
    assert Diagnosis.objects.get().label == "mel"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image", None),
        ("image", "nonsense"),
        ("image", "9d3f3cd8-0000-4000-8000-000000000000"),
        ("label", "wart"),
        ("method", "guess"),
    ],
)
def test_what_is_wrong_is_named(
    field: str, value: str | None, image: LesionImage, staff_api: APIClient
) -> None:
    body = {"image": str(image.pk), "label": "mel", "method": "histo", field: value}
    answer = staff_api.post(URL, body, format="json")
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {field}
    assert not Diagnosis.objects.exists()


def test_staff_write_change_and_delete_one(
    image: LesionImage, staff: User, staff_api: APIClient
) -> None:
    body = {"image": str(image.pk), "label": "mel", "method": "histo"}
    answer = staff_api.post(URL, body, format="json")
    assert answer.status_code == 201
    made = Diagnosis.objects.get()
    assert (made.image, made.label, made.diagnosed_by) == (image, "mel", staff)
    url = f"{URL}{made.pk}/"
    changed = staff_api.patch(url, {"label": "nv", "method": "follow_up"}, format="json")
    assert (changed.status_code, changed.json()["label"]) == (200, "nv")
    assert staff_api.delete(url).status_code == 204
    assert not Diagnosis.objects.exists()


def test_a_photograph_has_one_diagnosis_and_keeps_it(
    diagnosis: Diagnosis, alice: User, staff_api: APIClient
) -> None:
    body = {"image": str(diagnosis.image_id), "label": "nv", "method": "histo"}
    answer = staff_api.post(URL, body, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "already_diagnosed")
    other = prediction_in(Status.QUEUED, image__owner=alice).image
    moved = staff_api.patch(f"{URL}{diagnosis.pk}/", {"image": str(other.pk)}, format="json")
    assert moved.status_code == 200
    assert Diagnosis.objects.get().image == diagnosis.image


def test_the_list_costs_the_same_however_long_it_is(
    diagnosis: Diagnosis, alice: User, staff: User, staff_api: APIClient
) -> None:
    with_one = queries(lambda: staff_api.get(URL))
    for _ in range(5):
        image = prediction_in(Status.QUEUED, image__owner=alice).image
        Diagnosis.objects.create(image=image, label="nv", method="histo", diagnosed_by=staff)
    assert len(staff_api.get(URL).json()["results"]) == 6
    assert queries(lambda: staff_api.get(URL)) == with_one
