"""The report: a PDF of one page."""

from __future__ import annotations

import io
import logging

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client
from pypdf import PdfReader

from classifier import heatmap
from classifier.models import Prediction, Status
from tests.cards import CARD
from tests.factories import ModelVersionFactory, prediction_in

pytestmark = pytest.mark.usefixtures("media")


def pages(client: Client, prediction: Prediction) -> list[str]:
    """The words of each page, one blank between them."""
    answer = client.get(f"/predictions/{prediction.pk}/report.pdf")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    reader = PdfReader(io.BytesIO(answer.content))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def of(owner: User, **fields: object) -> Prediction:
    return prediction_in(Status.SUCCEEDED, image__owner=owner, **fields)


@pytest.mark.parametrize("status", set(Status) - {Status.SUCCEEDED})
def test_without_a_result_there_is_no_report(
    status: str, alice: User, alice_browser: Client
) -> None:
    prediction = prediction_in(status, image__owner=alice)
    assert alice_browser.get(f"/predictions/{prediction.pk}/report.pdf").status_code == 404


def test_a_lost_file_is_404(alice: User, alice_browser: Client) -> None:
    prediction = of(alice)
    prediction.image.file.delete(save=False)
    assert alice_browser.get(f"/predictions/{prediction.pk}/report.pdf").status_code == 404


def test_the_report_says_what_the_page_says(alice: User, alice_browser: Client) -> None:
    prediction = of(
        alice,
        label="mel",
        model_version=ModelVersionFactory(card=CARD),
        warnings=["blurred"],
        image__note="Itches.",
        image__body_site="back",
        image__taken_on="2024-05-17",
    )
    [text] = pages(alice_browser, prediction)
    for said in (
        "Melanoma 90.0 %",
        "Vascular lesion 1.7 %",
        "Malignant or pre-malignant (actinic keratosis, basal cell carcinoma or melanoma): 93.3 %",
        "assuming all seven classes equally frequent",
        "Above the melanoma threshold: at this threshold the network found",
        "The photograph looks blurred",
        "Itches.",
        "Back",
        "17 May 2024",
        "testnet 1",
        str(prediction.pk),
        "not a medical device",
    ):
        assert said in text


def test_what_is_no_lesion_has_no_percentages_in_its_report(
    alice: User, alice_browser: Client
) -> None:
    [text] = pages(alice_browser, of(alice, in_distribution=-1.0))
    assert "Not recognised as a lesion" in text
    assert "%" not in text


def test_photograph_and_heatmap_are_in_it(alice: User, alice_browser: Client) -> None:
    prediction = of(
        alice, class_maps=heatmap.pack(np.random.default_rng(0).normal(0, 3, (7, 7, 7)))
    )
    answer = alice_browser.get(f"/predictions/{prediction.pk}/report.pdf")
    assert len(PdfReader(io.BytesIO(answer.content)).pages[0].images) == 2


def test_the_longest_note_stays_on_the_page_and_out_of_the_log(
    alice: User, alice_browser: Client, caplog: pytest.LogCaptureFixture
) -> None:
    note = "皮膚 since spring, " * 100
    with caplog.at_level(logging.NOTSET, logger="django"):
        [text] = pages(alice_browser, of(alice, image__note=note))
    assert "since spring" in text
    assert "not a medical device" in text
    assert "皮" not in caplog.text
