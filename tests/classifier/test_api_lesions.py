"""lesions/ through the API: made, renamed, filled, looked at over time, dissolved."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from rest_framework.test import APIClient

from classifier.models import LesionImage, Prediction, Status
from classifier.records import Lesion
from tests.classifier.conftest import api_client, queries
from tests.factories import prediction_in

URL = "/api/v1/lesions/"
pytestmark = pytest.mark.usefixtures("media")


@pytest.fixture
def heel(alice: User) -> Lesion:
    return Lesion.objects.create(owner=alice, name="left heel")


def url(lesion: Lesion, part: str = "") -> str:
    return f"{URL}{lesion.pk}/{part}"


def member(lesion: Lesion, image: LesionImage) -> str:
    return url(lesion, f"images/{image.pk}/")


def test_others_lesions_and_photographs_are_not_there(
    heel: Lesion, alice: User, bob: User, bob_api: APIClient
) -> None:
    own = prediction_in(Status.QUEUED, image__owner=bob).image
    nose = Lesion.objects.create(owner=bob, name="nose")
    theirs = prediction_in(Status.QUEUED, image__owner=alice, image__lesion=heel).image
    assert [one["name"] for one in bob_api.get(URL).json()["results"]] == ["nose"]
    for path in (member(heel, own), member(nose, theirs), member(heel, theirs)):
        for method in (bob_api.put, bob_api.delete):
            answer = method(path)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert theirs.lesion == heel
    assert not nose.images.exists()


@pytest.mark.parametrize("name", ["", " ", "n" * 101, None])
def test_a_name_that_is_none_is_refused(
    name: str | None, heel: Lesion, alice_api: APIClient
) -> None:
    for answer in (
        alice_api.post(URL, {"name": name}, format="json"),
        alice_api.patch(url(heel), {"name": name}, format="json"),
    ):
        assert answer.status_code == 400
        assert set(answer.json()["error"]["fields"]) == {"name"}
    assert Lesion.objects.get().name == "left heel"


def test_a_lesion_is_made_and_listed(alice: User, alice_api: APIClient) -> None:
    answer = alice_api.post(URL, {"name": " left heel "}, format="json")
    assert answer.status_code == 201
    made = Lesion.objects.get()
    assert made.owner == alice
    assert answer.json() == {
        "id": str(made.pk),
        "name": "left heel",
        "created_at": answer.json()["created_at"],
        "count": 0,
        "latest": None,
    }
    assert alice_api.get(URL).json()["results"] == [answer.json()]
    assert alice_api.get(url(made)).json() == answer.json()


def test_a_name_is_given_once(heel: Lesion, bob: User, alice_api: APIClient) -> None:
    other = alice_api.post(URL, {"name": "nose"}, format="json").json()
    for answer in (
        alice_api.post(URL, {"name": "left heel"}, format="json"),
        alice_api.patch(f"{URL}{other['id']}/", {"name": "left heel"}, format="json"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "name_taken")
    assert api_client(bob).post(URL, {"name": "left heel"}).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_two_of_a_name_at_once_one_is_made(alice: User) -> None:
    start, statuses = threading.Barrier(4), []

    def client() -> None:
        start.wait(30)
        statuses.append(api_client(alice).post(URL, {"name": "heel"}).status_code)
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 409, 409, 409]


def test_a_lesion_is_renamed_and_dissolved(heel: Lesion, alice_api: APIClient) -> None:
    prediction_in(Status.QUEUED, image__owner=heel.owner, image__lesion=heel)
    answer = alice_api.patch(url(heel), {"name": "heel"}, format="json")
    assert (answer.status_code, answer.json()["name"], answer.json()["count"]) == (200, "heel", 1)
    assert alice_api.delete(url(heel)).status_code == 204
    assert not Lesion.objects.exists()
    assert LesionImage.objects.get().lesion is None


def test_a_photograph_is_put_in_and_taken_out(heel: Lesion, alice_api: APIClient) -> None:
    image = prediction_in(Status.QUEUED, image__owner=heel.owner).image
    for _ in range(2):
        answer = alice_api.put(member(heel, image))
        assert (answer.status_code, answer.json()["count"]) == (200, 1)
    assert alice_api.get(f"/api/v1/images/{image.pk}/").json()["lesion"] == str(heel.pk)
    other = Lesion.objects.create(owner=heel.owner, name="nose")
    assert alice_api.delete(member(other, image)).status_code == 204  # it never was there
    assert heel.images.get() == image
    assert alice_api.delete(member(heel, image)).status_code == 204
    assert not heel.images.exists()


def visit(lesion: Lesion, day: str, **fields: Any) -> Prediction:
    return prediction_in(
        Status.SUCCEEDED,
        image__owner=lesion.owner,
        image__lesion=lesion,
        image__taken_on=day,
        **fields,
    )


def test_the_timeline_is_in_the_order_in_which_they_were_taken(
    heel: Lesion, alice_api: APIClient
) -> None:
    late, early = visit(heel, "2025-01-02", in_distribution=-1.0), visit(heel, "2024-05-17")
    visits = alice_api.get(url(heel, "timeline/")).json()
    assert [(one["day"], one["recognised"], one["prediction"]["id"]) for one in visits] == [
        ("2024-05-17", True, str(early.pk)),
        ("2025-01-02", False, str(late.pk)),
    ]


def test_lists_cost_the_same_however_long_they_are(heel: Lesion, alice_api: APIClient) -> None:
    def both() -> None:
        assert alice_api.get(URL).status_code == 200
        assert alice_api.get(url(heel, "timeline/")).status_code == 200

    visit(heel, "2024-01-01")
    with_one = queries(both)
    for day in range(2, 9):
        visit(heel, f"2024-01-0{day}")
        Lesion.objects.create(owner=heel.owner, name=f"spot {day}")
    assert queries(both) == with_one
