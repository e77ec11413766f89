from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from classifier import history
from classifier.models import UNFINISHED, Prediction, Status
from tests.classifier.conftest import queries
from tests.factories import prediction_in

URL = "/history/"
HTMX = {"hx-request": "true"}
pytestmark = pytest.mark.usefixtures("media")


def shown(client: Client, url: str = URL) -> list[str]:
    """The ids of the predictions on that page, from top to bottom."""
    answer = client.get(url)
    assert answer.status_code == 200
    return re.findall(r'<a href="/predictions/([0-9a-f-]{36})/">', answer.content.decode())


def link(client: Client, rel: str, url: str = URL) -> str | None:
    html = client.get(url).content.decode()
    found = re.search(rf'href="([^"]+)" rel="{rel}"', html)
    return found.group(1).replace("&amp;", "&") if found else None


def test_an_empty_history_leads_to_the_upload(bob: User, alice_browser: Client) -> None:
    prediction_in(Status.QUEUED, image__owner=bob)
    html = alice_browser.get(URL).content.decode()
    assert "There is nothing here yet" in html
    assert shown(alice_browser) == []


def test_a_filter_that_fits_nothing_says_so(succeeded: Prediction, alice_browser: Client) -> None:
    html = alice_browser.get(URL, {"search": "nonsense"}).content.decode()
    assert "Nothing in your history fits" in html
    assert "There is nothing here yet" not in html


@pytest.mark.parametrize("cursor", ["nonsense", "cD1ubw=="])  # the second one is p=no
def test_a_bad_cursor_is_404(cursor: str, alice_browser: Client) -> None:
    assert alice_browser.get(URL, {"cursor": cursor}).status_code == 404


def test_the_history_is_only_read(alice_browser: Client) -> None:
    assert alice_browser.post(URL).status_code == 405


@pytest.mark.parametrize("query", ["status=lost", "label=wart", "created_after=never"])
def test_a_bad_filter_does_no_harm(
    query: str, succeeded: Prediction, alice_browser: Client
) -> None:
    assert shown(alice_browser, f"{URL}?{query}") == [str(succeeded.pk)]


def test_an_entry_says_what_became_of_it(any_prediction: Prediction, alice_browser: Client) -> None:
    html = alice_browser.get(URL).content.decode()
    entry = html[html.index('<ul class="history">') :]
    assert any_prediction.image.original_name in entry
    assert f"/api/v1/predictions/{any_prediction.pk}/thumbnail/" in entry
    if any_prediction.status == Status.SUCCEEDED:
        assert "Melanocytic nevus" in entry
        assert "90.0\u00a0%" in entry
    else:
        assert any_prediction.get_status_display() in entry
        assert any_prediction.error_message in entry
        assert "%" not in entry


def test_the_list_asks_again_exactly_while_something_is_unfinished(
    any_prediction: Prediction, alice_browser: Client
) -> None:
    unfinished = any_prediction.status in UNFINISHED
    html = alice_browser.get(URL, {"search": "lesion"}).content.decode()
    assert (f'hx-get="{URL}?search=lesion"' in html) == unfinished
    assert ("<noscript>" in html) == unfinished


def test_htmx_gets_only_the_list(any_prediction: Prediction, alice_browser: Client) -> None:
    answer = alice_browser.get(URL, headers=HTMX)
    assert "HX-Request" in answer["Vary"]
    fragment = answer.content.decode().strip()
    assert fragment.startswith('<section id="predictions"')
    assert fragment.endswith("</section>")
    assert "<html" not in fragment
    assert fragment in alice_browser.get(URL).content.decode()


def test_filtering_keeps_what_fits_and_what_was_asked(alice: User, alice_browser: Client) -> None:
    night = prediction_in(Status.FAILED, image__owner=alice, image__note="At night")
    melanoma = prediction_in(Status.SUCCEEDED, label="mel", image__owner=alice)
    assert shown(alice_browser) == [str(melanoma.pk), str(night.pk)]
    assert shown(alice_browser, f"{URL}?search=night") == [str(night.pk)]
    assert shown(alice_browser, f"{URL}?label=mel") == [str(melanoma.pk)]
    assert shown(alice_browser, f"{URL}?status=failed&label=") == [str(night.pk)]
    html = alice_browser.get(f"{URL}?search=night&status=failed").content.decode()
    assert 'value="night"' in html
    assert '<option value="failed" selected>' in html


def test_pages_lead_to_older_ones_and_back_within_the_filter(
    alice: User, alice_browser: Client
) -> None:
    rejected = [str(prediction_in(Status.REJECTED, image__owner=alice).pk) for _ in range(30)][::-1]
    prediction_in(Status.QUEUED, image__owner=alice)
    first = f"{URL}?status=rejected"
    assert link(alice_browser, "prev", first) is None
    older = link(alice_browser, "next", first)
    assert older is not None
    assert shown(alice_browser, first) == rejected[:25]
    assert shown(alice_browser, older) == rejected[25:]
    newer = link(alice_browser, "prev", older)
    assert newer is not None
    assert shown(alice_browser, newer) == rejected[:25]


def test_the_number_of_queries_does_not_grow(alice: User, alice_browser: Client) -> None:
    for status in (Status.QUEUED, Status.SUCCEEDED, Status.FAILED):
        prediction_in(status, image__owner=alice)
    with_3 = queries(lambda: alice_browser.get(URL))
    for status in (Status.QUEUED, Status.SUCCEEDED, Status.FAILED) * 7:
        prediction_in(status, image__owner=alice)
    assert queries(lambda: alice_browser.get(URL)) == with_3
    assert len(shown(alice_browser)) == 24


def test_photographs_are_found_by_body_site_and_day(alice: User, alice_browser: Client) -> None:
    back = prediction_in(Status.QUEUED, image__owner=alice, image__body_site="back")
    old = prediction_in(Status.FAILED, image__owner=alice)
    moment = datetime.datetime(2024, 5, 17, 23, 59, tzinfo=datetime.UTC)
    Prediction.objects.filter(pk=old.pk).update(created_at=moment)
    assert shown(alice_browser, f"{URL}?body_site=back") == [str(back.pk)]
    assert shown(alice_browser, f"{URL}?until=2024-05-17") == [str(old.pk)]
    assert shown(alice_browser, f"{URL}?since=2024-05-17&until=2024-05-16") == []
    assert shown(alice_browser, f"{URL}?since=2024-05-18") == [str(back.pk)]
    assert len(shown(alice_browser, f"{URL}?since=0001-01-01&until=9999-12-31")) == 2


def test_the_list_is_sorted_as_one_likes(alice: User, alice_browser: Client) -> None:
    sure = prediction_in(Status.SUCCEEDED, image__owner=alice, probability=0.8)
    unsure = prediction_in(Status.SUCCEEDED, image__owner=alice, probability=0.4)
    waiting = prediction_in(Status.QUEUED, image__owner=alice)
    in_time = [str(one.pk) for one in (sure, unsure, waiting)]
    assert shown(alice_browser, f"{URL}?sort=oldest") == in_time
    assert shown(alice_browser, f"{URL}?sort=nonsense") == in_time[::-1]
    assert shown(alice_browser, f"{URL}?sort=probable") == [str(sure.pk), str(unsure.pk)]


@pytest.mark.parametrize("sort", ["newest", "oldest", "probable"])
def test_pages_in_any_order_hold_everything_once(
    sort: str, alice: User, alice_browser: Client
) -> None:
    made = {
        str(prediction_in(Status.SUCCEEDED, image__owner=alice, probability=0.5 + n // 3 / 100).pk)
        for n in range(60)
    }
    found, page = [], f"{URL}?sort={sort}"
    while page:
        found += shown(alice_browser, page)
        page = link(alice_browser, "next", page) or ""
    assert len(found) == 60
    assert set(found) == made


def test_a_cursor_of_another_order_is_404(alice: User, alice_browser: Client) -> None:
    for _ in range(26):
        prediction_in(Status.SUCCEEDED, image__owner=alice)
    older = link(alice_browser, "next")
    assert older
    assert alice_browser.get(f"{older}&sort=probable").status_code == 404


def test_each_state_is_counted(alice: User, bob: User, alice_browser: Client) -> None:
    for status in (Status.QUEUED, Status.FAILED, Status.FAILED):
        prediction_in(status, image__owner=alice)
    prediction_in(Status.FAILED, image__owner=bob)
    html = alice_browser.get(URL).content.decode()
    counts = re.findall(r'href="/history/[^"]*"[^>]*>(\w+) <span class="number">(\d+)', html)
    assert counts == [("All", "3"), ("Queued", "1"), ("Failed", "2")]


def test_a_state_is_counted_no_further_than_the_limit(
    alice: User, alice_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "COUNT_LIMIT", 2)
    for status in (Status.SUCCEEDED, Status.FAILED, Status.FAILED):
        prediction_in(status, image__owner=alice)
    html = alice_browser.get(URL).content.decode()
    counts = re.findall(r'<span class="number">(\d+\+?)</span>', html)
    assert counts == ["2+", "1", "2"]


# Many at once


def choose(client: Client, action: str, *predictions: Prediction) -> Any:
    fields = {"action": action, "chosen": [one.pk for one in predictions]}
    return client.post("/history/selected/", fields, follow=True)


@pytest.mark.parametrize("action", ["csv", "zip", "delete"])
def test_choosing_nothing_says_so(action: str, alice_browser: Client) -> None:
    assert "Choose at least one" in choose(alice_browser, action).content.decode()


def test_deleting_many_asks_first(alice: User, alice_browser: Client) -> None:
    made = [prediction_in(Status.FAILED, image__owner=alice) for _ in range(3)]
    html = choose(alice_browser, "delete", *made[:2]).content.decode()
    assert re.findall(r'name="chosen" value="([^"]+)"', html) == [
        str(made[1].pk),
        str(made[0].pk),
    ]
    assert Prediction.objects.count() == 3


def test_many_are_deleted_and_others_ones_stay(
    alice: User, bob: User, alice_browser: Client
) -> None:
    first, second, kept = (prediction_in(Status.FAILED, image__owner=alice) for _ in range(3))
    again = prediction_in(Status.FAILED, image=first.image)
    theirs = prediction_in(Status.FAILED, image__owner=bob)
    chosen = [first.pk, again.pk, second.pk, theirs.pk]
    answer = alice_browser.post("/history/delete/", {"chosen": chosen}, follow=True)
    assert "2 photographs are deleted." in answer.content.decode()
    assert set(Prediction.objects.all()) == {kept, theirs}
