"""GET predictions/export.csv and export.ndjson: whole, streamed, or a part."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from rest_framework.test import APIClient

from classifier.downloads import export
from classifier.models import Prediction, Status
from tests.classifier.conftest import queries
from tests.factories import prediction_in

URL = "/api/v1/predictions/"
FORMATS = ["export.csv", "export.ndjson"]
pytestmark = pytest.mark.usefixtures("media")


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def tag_of(client: APIClient, name: str) -> str:
    answer = client.get(URL + name, headers={"range": "bytes=0-"})
    assert content(answer)
    return str(answer["ETag"])


@pytest.fixture
def history(alice: User) -> list[Prediction]:
    note = "Zürich, 皮膚"
    return [prediction_in(status, image__owner=alice, image__note=note) for status in Status.values]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("query", ["status=lost", "ordering=note", "lesion=1"])
def test_a_bad_filter_is_named(query: str, name: str, alice_api: APIClient) -> None:
    answer = alice_api.get(f"{URL}{name}?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [query.partition("=")[0]]


def test_a_line_is_what_the_api_says(any_prediction: Prediction, alice_api: APIClient) -> None:
    answer = alice_api.get(f"{URL}export.ndjson")
    assert answer["Content-Type"] == "application/x-ndjson"
    assert answer["Cache-Control"] == "private, no-store"
    [line] = content(answer).decode().splitlines()
    detail = alice_api.get(f"{URL}{any_prediction.pk}/").json()
    row = json.loads(line)
    for name in ("id", "status", "label", "probability", "probabilities", "malignancy", "model",
                 "in_distribution", "error"):  # fmt: skip
        assert row[name] == detail[name]
    assert row["prior"] == (detail["prior"] and detail["prior"]["text"])
    for name in ("id", "width", "original_name", "note", "body_site", "taken_on"):
        assert row["image"][name] == detail["image"][name]


def test_it_is_filtered_and_ordered_as_the_list(
    history: list[Prediction], bob: User, alice_api: APIClient
) -> None:
    prediction_in(Status.FAILED, image__owner=bob)
    for query in ("status=failed", "ordering=created_at", ""):
        listed = [row["id"] for row in alice_api.get(f"{URL}?{query}").json()["results"]]
        lines = content(alice_api.get(f"{URL}export.ndjson?{query}")).splitlines()
        assert [json.loads(line)["id"] for line in lines] == listed


def test_it_costs_one_query_however_long_it_is(alice: User, alice_api: APIClient) -> None:
    for _ in range(3):
        prediction_in(Status.SUCCEEDED, image__owner=alice)
    for name in FORMATS:
        assert queries(lambda name=name: content(alice_api.get(URL + name))) <= 1


@pytest.mark.django_db(transaction=True)
def test_its_rows_are_fetched_some_at_a_time(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first block is there while most rows are still with the database."""
    monkeypatch.setattr(export, "ROWS", 2)
    for _ in range(9):
        prediction_in(Status.QUEUED, image__owner=alice)
    made: list[Prediction] = []
    init = Prediction.__init__

    def counted(self: Prediction, *args: Any, **kwargs: Any) -> None:
        made.append(self)
        init(self, *args, **kwargs)

    monkeypatch.setattr(Prediction, "__init__", counted)
    lines = export.json_lines(Prediction.objects.filter(owner=alice))
    next(lines)
    assert len(made) <= 3
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_cursors")
            assert cursor.fetchone() == (1,)
    assert len(list(lines)) == 8


def test_head_costs_nothing(history: list[Prediction], alice_api: APIClient) -> None:
    for name in FORMATS:
        assert queries(lambda name=name: alice_api.head(URL + name).getvalue()) == 0
        assert alice_api.head(URL + name)["Accept-Ranges"] == "bytes"


# Parts


@pytest.mark.parametrize("name", FORMATS)
def test_a_download_that_was_cut_off_goes_on(
    name: str, history: list[Prediction], alice_api: APIClient
) -> None:
    whole = content(alice_api.get(URL + name))
    begun = alice_api.get(URL + name, headers={"range": "bytes=0-"})
    assert begun.status_code == 206
    assert begun["Content-Range"] == f"bytes 0-{len(whole) - 1}/{len(whole)}"
    assert int(begun["Content-Length"]) == len(whole)
    there = content(begun)[:100]
    headers = {"range": "bytes=100-", "if-range": begun["ETag"]}
    rest = alice_api.get(URL + name, headers=headers)
    assert rest.status_code == 206
    assert rest["Content-Range"] == f"bytes 100-{len(whole) - 1}/{len(whole)}"
    assert there + content(rest) == whole


def test_what_has_changed_since_is_sent_whole(
    history: list[Prediction], alice_api: APIClient
) -> None:
    url = f"{URL}export.csv"
    tag = tag_of(alice_api, "export.csv")
    history[0].image.note = "other"
    history[0].image.save()
    answer = alice_api.get(url, headers={"range": "bytes=100-", "if-range": tag})
    assert answer.status_code == 200
    assert "Content-Range" not in answer
    assert content(answer) == content(alice_api.get(url))


def test_a_part_behind_the_end_is_refused(history: list[Prediction], alice_api: APIClient) -> None:
    answer = alice_api.get(f"{URL}export.csv", headers={"range": "bytes=99999-"})
    assert answer.status_code == 416
    assert answer.json()["error"]["code"] == "range_not_satisfiable"
    assert answer["Content-Range"].startswith("bytes */")
