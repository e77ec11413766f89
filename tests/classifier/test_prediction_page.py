"""The page of one prediction, its deletion and its retry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from classifier.models import UNFINISHED, LesionImage, Prediction, Status
from ml.labels import LONG_NAMES
from tests.conftest import stored_files
from tests.factories import ModelVersionFactory, prediction_in

HTMX = {"hx-request": "true"}


def url(prediction: Prediction, part: str = "") -> str:
    return f"/predictions/{prediction.pk}/{part}"


def shown(client: Client, prediction: Prediction) -> str:
    answer = client.get(url(prediction))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_page_asks_again_exactly_until_it_is_finished(
    any_prediction: Prediction, alice_browser: Client
) -> None:
    unfinished = any_prediction.status in UNFINISHED
    html = shown(alice_browser, any_prediction)
    assert (f'hx-get="{url(any_prediction)}"' in html) == unfinished
    assert ("hx-trigger" in html) == unfinished
    # Without JavaScript the whole page is loaded again.
    refresh = re.search(r'<noscript>\s*<meta http-equiv="refresh"[^>]*>\s*</noscript>', html)
    assert bool(refresh) == unfinished


def test_htmx_gets_only_the_part_that_changes(
    any_prediction: Prediction, alice_browser: Client
) -> None:
    answer = alice_browser.get(url(any_prediction), headers=HTMX)
    assert "HX-Request" in answer["Vary"]
    fragment = answer.content.decode().strip()
    assert fragment.startswith('<section id="result"')
    assert fragment.endswith("</section>")
    assert "<html" not in fragment
    # What a retry form carries differs each time.
    without_token = re.sub(r"<input[^>]*csrf[^>]*>", "", fragment)
    page = re.sub(r"<input[^>]*csrf[^>]*>", "", shown(alice_browser, any_prediction))
    assert without_token in page


def test_every_result_says_that_it_is_no_diagnosis(
    any_prediction: Prediction, alice_browser: Client
) -> None:
    fragment = alice_browser.get(url(any_prediction), headers=HTMX).content.decode()
    assert "not a medical device and not a diagnosis" in fragment


def test_the_photograph_is_shown_with_what_its_owner_said(
    alice: User, alice_browser: Client, media: Path
) -> None:
    prediction = prediction_in(
        Status.QUEUED,
        image__owner=alice,
        image__original_name="mole.jpg",
        image__note="Itches.",
        image__body_site="back",
        image__taken_on="2024-05-17",
    )
    html = shown(alice_browser, prediction)
    for said in ("mole.jpg", "Itches.", "Back", "17 May 2024"):
        assert said in html
    assert f'src="/api/v1/predictions/{prediction.pk}/image/"' in html


def test_what_waits_shows_its_position(
    alice: User, bob: User, alice_browser: Client, media: Path
) -> None:
    prediction_in(Status.QUEUED, image__owner=bob)
    prediction = prediction_in(Status.QUEUED, image__owner=alice)
    assert "Position in the queue: 2" in shown(alice_browser, prediction)


def test_what_runs_has_no_position(alice: User, alice_browser: Client, media: Path) -> None:
    prediction = prediction_in(Status.RUNNING, image__owner=alice)
    html = shown(alice_browser, prediction)
    assert "Being classified" in html
    assert "Position" not in html


def test_a_result_shows_all_seven_classes_the_most_probable_first(
    alice: User, alice_browser: Client, media: Path
) -> None:
    probabilities = dict(zip(LONG_NAMES, (0.05, 0.1, 0.0123, 0.02, 0.6, 0.2, 0.0177), strict=True))
    prediction = prediction_in(
        Status.SUCCEEDED,
        image__owner=alice,
        label="mel",
        probability=0.6,
        probabilities=probabilities,
    )
    html = shown(alice_browser, prediction)
    rows = re.findall(
        r'<tr data-label="(\w+)">.*?<strong>([^<]+)</strong>.*?<td class="number">([^<]+)</td>',
        html,
        re.DOTALL,
    )
    assert rows == [
        ("mel", "Melanoma", "60.0\u00a0%"),
        ("nv", "Melanocytic nevus", "20.0\u00a0%"),
        ("bcc", "Basal cell carcinoma", "10.0\u00a0%"),
        ("akiec", "Actinic keratosis or intraepithelial carcinoma", "5.0\u00a0%"),
        ("df", "Dermatofibroma", "2.0\u00a0%"),
        ("vasc", "Vascular lesion", "1.8\u00a0%"),
        ("bkl", "Benign keratosis-like lesion", "1.2\u00a0%"),
    ]
    assert re.search(r"<h2>Melanoma\s*<span[^>]*>60.0\u00a0%</span>", html)
    assert re.search(r"Malignant or pre-malignant.*?75.0\u00a0%", html, re.DOTALL)
    assert f'<a href="/models/{prediction.model_version_id}/">testnet 1</a>' in html
    assert "calculated assuming all seven classes equally frequent" in html
    assert "Retry" not in html


def test_what_was_said_of_a_photograph_can_be_changed(
    alice_browser: Client, bob_browser: Client, succeeded: Prediction
) -> None:
    address = f"/predictions/{succeeded.pk}/details/"
    said = {"note": "Larger now", "body_site": "back", "taken_on": "2026-11-02"}
    assert bob_browser.post(address, said).status_code == 404
    answer = alice_browser.post(address, said, follow=True)
    html = answer.content.decode()
    for shown_now in ("It is saved.", "Larger now", "Back", "2 November 2026"):
        assert shown_now in html
    assert 'value="2026-11-02"' in html
    assert '<option value="back" selected>' in html

    answer = alice_browser.post(address, {"taken_on": "2999-01-01"}, follow=True)
    assert "The date lies in the future." in answer.content.decode()
    alice_browser.post(address, {})
    succeeded.image.refresh_from_db()
    image = succeeded.image
    assert (image.note, image.body_site, image.taken_on) == ("", "", None)


def test_a_result_says_how_far_to_trust_it_where_the_network_was_measured(
    alice: User, alice_browser: Client, succeeded: Prediction
) -> None:
    assert "How far to trust it" not in shown(alice_browser, succeeded)
    metrics = {"n": 1512, "balanced_accuracy": 0.71, "recall": {"mel": 0.64}}
    version = ModelVersionFactory(sha256="a" * 64, card={"metrics": metrics})
    measured = prediction_in(Status.SUCCEEDED, image__owner=alice, model_version=version)
    text = " ".join(shown(alice_browser, measured).split())
    assert "1512 photographs" in text
    assert "was right for 64 % of the melanomas, and for 71 % on average over the seven" in text


@pytest.mark.parametrize("status", [Status.REJECTED, Status.FAILED])
def test_what_was_refused_says_why_and_offers_a_retry(
    status: str, alice: User, alice_browser: Client, media: Path
) -> None:
    prediction = prediction_in(status, image__owner=alice)
    html = shown(alice_browser, prediction)
    assert f'<p role="alert">{prediction.error_message}</p>' in html
    assert f'<form action="{url(prediction, "retry/")}" method="post">' in html


# Retry


def test_a_link_does_not_retry(alice_browser: Client, succeeded: Prediction) -> None:
    assert alice_browser.get(url(succeeded, "retry/")).status_code == 405
    assert Prediction.objects.count() == 1


def test_a_second_retry_leads_to_the_page_and_says_so(
    alice: User, alice_browser: Client, media: Path
) -> None:
    failed = prediction_in(Status.FAILED, image__owner=alice)
    prediction_in(Status.QUEUED, image=failed.image)
    answer = alice_browser.post(url(failed, "retry/"), follow=True)
    assert answer.redirect_chain == [(url(failed), 302)]
    assert "already being classified" in answer.content.decode()
    assert Prediction.objects.count() == 2


def test_a_retry_leads_to_the_new_prediction(
    alice: User, alice_browser: Client, media: Path
) -> None:
    failed = prediction_in(Status.FAILED, image__owner=alice)
    answer = alice_browser.post(url(failed, "retry/"))
    again = Prediction.objects.exclude(pk=failed.pk).get()
    assert answer["Location"] == url(again)
    assert (again.image, again.status) == (failed.image, Status.QUEUED)


# Deletion


def test_looking_at_the_question_deletes_nothing(
    any_prediction: Prediction, alice_browser: Client, media: Path
) -> None:
    prediction_in(Status.FAILED, image=any_prediction.image)
    html = alice_browser.get(url(any_prediction, "delete/")).content.decode()
    assert "its 2 predictions will" in " ".join(html.split())
    assert Prediction.objects.count() == 2
    assert len(stored_files(media)) == 2


def test_deleting_takes_rows_and_files(
    any_prediction: Prediction,
    alice_browser: Client,
    media: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    prediction_in(Status.FAILED, image=any_prediction.image)
    with django_capture_on_commit_callbacks(execute=True):
        answer = alice_browser.post(url(any_prediction, "delete/"))
    assert answer["Location"] == "/history/"
    assert not Prediction.objects.exists()
    assert not LesionImage.objects.exists()
    assert stored_files(media) == []
    assert "is deleted" in alice_browser.get("/history/").content.decode()
