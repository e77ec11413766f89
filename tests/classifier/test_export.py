"""The history as a table for spreadsheets."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from classifier.models import Prediction, Status
from ml.labels import LABELS
from tests.factories import prediction_in

pytestmark = pytest.mark.usefixtures("media")
PAGE, API = "/history/export.csv", "/api/v1/predictions/export.csv"


def table(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf")  # else Excel takes it for Latin-1
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_others_photographs_are_not_in_it(
    bob: User, alice_browser: Client, alice_api: APIClient
) -> None:
    prediction_in(Status.SUCCEEDED, image__owner=bob)
    assert table(alice_browser.get(PAGE)) == table(alice_api.get(API)) == []


def test_a_line_says_what_the_page_says(any_prediction: Prediction, alice_browser: Client) -> None:
    [line] = table(alice_browser.get(PAGE))
    assert (line["id"], line["status"]) == (str(any_prediction.pk), any_prediction.status)
    assert line["file_name"] == "lesion.jpg"
    assert line["error"] == any_prediction.error_message
    if any_prediction.status == Status.SUCCEEDED:
        assert (line["label"], line["class"]) == ("nv", "Melanocytic nevus")
        assert line["probability"] == "0.900000"
        assert sum(float(line[label]) for label in LABELS) == pytest.approx(1, abs=1e-5)
        assert line["network"] == "testnet 1"
    else:
        assert {line[name] for name in ("label", "probability", *LABELS, "network")} == {""}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_user_wrote_is_no_formula(text: str, alice: User, alice_browser: Client) -> None:
    prediction_in(
        Status.QUEUED, image__owner=alice, image__note=text, image__original_name="=x.jpg"
    )
    [line] = table(alice_browser.get(PAGE))
    assert line["note"].startswith("'")
    assert line["file_name"] == "'=x.jpg"


def test_words_of_any_language_and_commas_survive(alice: User, alice_browser: Client) -> None:
    note = 'Zürich, "links" 皮膚\nzweite Zeile'
    prediction_in(Status.QUEUED, image__owner=alice, image__note=note)
    assert table(alice_browser.get(PAGE))[0]["note"] == note


@pytest.mark.parametrize("query", ["status=failed", "search=night"])
def test_only_what_is_found_is_in_it(
    query: str, alice: User, alice_browser: Client, alice_api: APIClient
) -> None:
    failed = prediction_in(Status.FAILED, image__owner=alice, image__note="at night")
    prediction_in(Status.QUEUED, image__owner=alice)
    for answer in (alice_browser.get(f"{PAGE}?{query}"), alice_api.get(f"{API}?{query}")):
        assert [line["id"] for line in table(answer)] == [str(failed.pk)]


def test_the_chosen_ones_can_be_exported(alice: User, bob: User, alice_browser: Client) -> None:
    mine = [prediction_in(Status.QUEUED, image__owner=alice) for _ in range(3)]
    theirs = prediction_in(Status.QUEUED, image__owner=bob)
    chosen = [mine[0].pk, mine[2].pk, theirs.pk, "nonsense"]
    answer = alice_browser.post("/history/selected/", {"action": "csv", "chosen": chosen})
    assert {line["id"] for line in table(answer)} == {str(mine[0].pk), str(mine[2].pk)}
