"""GET predictions/: order, pages, filters."""

from __future__ import annotations

import base64
import datetime
import uuid
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from classifier.models import Prediction, Status
from classifier.records import Lesion
from tests.classifier.conftest import queries
from tests.factories import prediction_in

URL = "/api/v1/predictions/"
pytestmark = pytest.mark.usefixtures("media")


def made(owner: User, *, days_ago: int = 0, status: str = Status.QUEUED, **fields: Any) -> str:
    """The id of a prediction of that age."""
    prediction = prediction_in(status, image__owner=owner, **fields)
    created_at = timezone.now() - datetime.timedelta(days=days_ago)
    Prediction.objects.filter(pk=prediction.pk).update(created_at=created_at)
    return str(prediction.pk)


def ids(client: APIClient, query: str = "") -> list[str]:
    answer = client.get(URL + query)
    assert answer.status_code == 200, answer.json()
    return [result["id"] for result in answer.json()["results"]]


ID = "3f0c1b8e-5a3b-4f0e-9a53-0c8b6a1d2e4f"


def cursor(position: str, pk: str = ID) -> str:
    return quote(base64.b64encode(f"p={quote(position)}&i={pk}".encode()).decode())


def test_other_peoples_predictions_do_not_exist(alice: User, bob_api: APIClient) -> None:
    made(alice)
    assert bob_api.get(URL).json() == {"next": None, "previous": None, "results": []}


def test_staff_have_a_history_of_their_own_only(alice: User, staff: User) -> None:
    made(alice)
    own = made(staff)
    client = APIClient()
    client.force_authenticate(staff)
    assert ids(client) == [own]


def test_the_newest_come_first(alice: User, alice_api: APIClient) -> None:
    middle, newest, oldest = (made(alice, days_ago=days) for days in (2, 1, 3))
    assert ids(alice_api) == [newest, middle, oldest]
    assert ids(alice_api, "?ordering=-created_at") == [newest, middle, oldest]
    assert ids(alice_api, "?ordering=created_at") == [oldest, middle, newest]


def test_of_the_same_moment_the_id_decides_in_both_orders(
    alice: User, alice_api: APIClient
) -> None:
    everything = sorted(made(alice) for _ in range(30))
    Prediction.objects.update(created_at=timezone.now())
    for ordering, expected in (("created_at", everything), ("-created_at", everything[::-1])):
        first = alice_api.get(f"{URL}?ordering={ordering}").json()
        second = alice_api.get(first["next"]).json()
        assert [row["id"] for row in first["results"] + second["results"]] == expected


def test_a_row_is_lean(alice: User, alice_api: APIClient) -> None:
    """What is long or costly to make is in the detail alone; no network's card is fetched."""
    pk = made(alice, status=Status.SUCCEEDED)
    detail = alice_api.get(f"{URL}{pk}/").json()
    with CaptureQueriesContext(connection) as captured:
        [row] = alice_api.get(URL).json()["results"]
    assert detail.keys() - row.keys() == {"prior", "operating_points"}
    assert row == {name: detail[name] for name in row}
    assert not [query for query in captured if '"card"' in query["sql"]]


@pytest.mark.parametrize("same_moment", [False, True])
def test_pages_lead_through_everything(
    same_moment: bool, alice: User, alice_api: APIClient
) -> None:
    everything = [made(alice, days_ago=day) for day in range(60)]
    if same_moment:  # then the id decides
        Prediction.objects.update(created_at=timezone.now())
        everything.sort(reverse=True)

    pages = [alice_api.get(URL).json()]
    assert pages[0]["previous"] is None
    while following := pages[-1]["next"]:
        pages.append(alice_api.get(following).json())
    assert [len(page["results"]) for page in pages] == [25, 25, 10]
    assert [result["id"] for page in pages for result in page["results"]] == everything


def test_any_number_of_one_moment_is_led_through(alice: User, alice_api: APIClient) -> None:
    one = Prediction.objects.get(pk=made(alice, status=Status.FAILED))
    for number in range(1100):
        one.pk = uuid.UUID(int=number)
        one._state.adding = True
        one.save(force_insert=True)
    Prediction.objects.update(created_at=timezone.now())
    seen, url = [], URL
    while url and len(seen) < 2000:
        page = alice_api.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == 1101


def test_what_comes_and_goes_meanwhile_shifts_no_page(alice: User, alice_api: APIClient) -> None:
    everything = [made(alice, days_ago=day) for day in range(1, 61)]
    first = alice_api.get(URL).json()
    made(alice)
    Prediction.objects.filter(pk__in=everything[20:25]).delete()
    second = alice_api.get(first["next"]).json()
    assert [row["id"] for row in second["results"]] == everything[25:50]


def test_pages_lead_back(alice: User, alice_api: APIClient) -> None:
    everything = [made(alice, days_ago=day) for day in range(30)]
    first = alice_api.get(URL).json()
    second = alice_api.get(first["next"]).json()
    back = alice_api.get(second["previous"]).json()
    assert [result["id"] for result in back["results"]] == everything[:25]
    assert back["previous"] is None


@pytest.mark.parametrize(
    "bad",
    [
        "nonsense",
        "%C3%A4",
        quote(base64.b64encode(b"p=2024-01-01T00:00:00Z").decode()),
        cursor(""),
        cursor("no time"),
        cursor("2024-01-01T00:00:00"),
        cursor("2024-01-01T00:00:00Z", "1"),
        cursor("9999-12-31T23:59:59-12:00"),
    ],
)
def test_a_bad_cursor_leads_nowhere(bad: str, alice_api: APIClient) -> None:
    answer = alice_api.get(f"{URL}?cursor={bad}")
    assert answer.status_code == 404
    assert answer.json() == {"error": {"code": "not_found", "message": "Invalid cursor"}}


def test_the_number_of_queries_does_not_grow(alice: User, alice_api: APIClient) -> None:
    for status in (Status.QUEUED, Status.SUCCEEDED, Status.FAILED):
        made(alice, status=status)
    with_3 = queries(lambda: alice_api.get(URL))
    for status in (Status.QUEUED, Status.SUCCEEDED, Status.FAILED) * 7:
        made(alice, status=status)
    assert len(ids(alice_api)) == 24
    assert queries(lambda: alice_api.get(URL)) == with_3 == 2


@pytest.mark.parametrize(
    "query",
    [
        "status=lost",
        "label=wart",
        "created_after=yesterday",
        "created_before=2024-13-01",
        "created_after=9999-12-31T23:59:59-12:00",
        "created_before=0001-01-01T00:00:00%2B12:00",
        "search=%00",
        "body_site=left%20pocket",
        "taken_after=yesterday",
        "taken_before=2024-02-30",
        "lesion=1",
        "image=nonsense",
        "ordering=owner__password",
        "ordering=nonsense",
        "ordering=created_at,id",
    ],
)
def test_a_bad_filter_is_named(query: str, alice_api: APIClient) -> None:
    answer = alice_api.get(f"{URL}?{query}")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "invalid"
    assert list(error["fields"]) == [query.partition("=")[0]]


@pytest.mark.parametrize("status", Status.values)
def test_filtered_by_status(status: str, alice: User, alice_api: APIClient) -> None:
    expected = {each: made(alice, status=each) for each in Status.values}
    assert ids(alice_api, f"?status={status}") == [expected[status]]


def test_filtered_by_label(alice: User, alice_api: APIClient) -> None:
    made(alice)
    made(alice, status=Status.SUCCEEDED, label="nv")
    melanoma = made(alice, status=Status.SUCCEEDED, label="mel")
    assert ids(alice_api, "?label=mel") == [melanoma]
    assert ids(alice_api, "?label=vasc") == []


def test_filtered_by_time_with_the_start_and_without_the_end(
    alice: User, alice_api: APIClient
) -> None:
    new, middle, old = (made(alice, days_ago=days) for days in (1, 2, 3))
    created_at = quote(Prediction.objects.get(pk=middle).created_at.isoformat())
    assert ids(alice_api, f"?created_after={created_at}") == [new, middle]
    assert ids(alice_api, f"?created_before={created_at}") == [old]
    assert ids(alice_api, f"?created_after={created_at}&created_before={created_at}") == []


def test_a_day_without_a_zone_is_one_of_the_service(alice: User, alice_api: APIClient) -> None:
    own = made(alice, days_ago=1)
    assert ids(alice_api, "?created_after=2000-01-01") == [own]
    assert ids(alice_api, "?created_before=2000-01-01T10:00:00") == []


def test_searched_in_notes_and_file_names(alice: User, alice_api: APIClient) -> None:
    by_note = made(alice, days_ago=1, image__note="Itches at NIGHT")
    by_name = made(alice, days_ago=2, image__original_name="night-1.jpg")
    made(alice, image__note="100 percent")
    assert ids(alice_api, "?search=night") == [by_note, by_name]
    assert ids(alice_api, "?search=%25") == []  # a percent sign, not a wildcard
    assert ids(alice_api, "?search=mole") == []


def test_a_search_finds_nothing_of_other_people(bob: User, alice_api: APIClient) -> None:
    made(bob, image__note="night")
    assert ids(alice_api, "?search=night") == []


def test_filtered_by_the_day_on_which_it_was_taken(alice: User, alice_api: APIClient) -> None:
    made(alice)
    late, early = (
        made(alice, days_ago=days, image__taken_on=day)
        for days, day in ((1, "2025-01-02"), (2, "2025-01-01"))
    )
    assert ids(alice_api, "?taken_after=2025-01-01") == [late, early]
    assert ids(alice_api, "?taken_after=2025-01-02") == [late]
    assert ids(alice_api, "?taken_before=2025-01-02") == [early]


def test_filtered_by_lesion_photograph_and_body_site(
    alice: User, bob: User, alice_api: APIClient
) -> None:
    made(alice)
    heel = Lesion.objects.create(owner=alice, name="heel")
    own = made(alice, image__lesion=heel, image__body_site="foot")
    image = Prediction.objects.get(pk=own).image_id
    theirs = Lesion.objects.create(owner=bob, name="nose")
    made(bob, image__lesion=theirs)
    for query in (f"lesion={heel.pk}", f"image={image}", "body_site=foot"):
        assert ids(alice_api, f"?{query}") == [own]
    assert ids(alice_api, f"?lesion={theirs.pk}") == []


def test_filters_and_pages_go_together(alice: User, alice_api: APIClient) -> None:
    for day in range(30):
        made(alice, days_ago=day, status=Status.REJECTED)
        made(alice, days_ago=day)
    first = alice_api.get(f"{URL}?status=rejected").json()
    second = alice_api.get(first["next"]).json()
    statuses = {result["status"] for page in (first, second) for result in page["results"]}
    assert statuses == {"rejected"}
    assert len(second["results"]) == 5
