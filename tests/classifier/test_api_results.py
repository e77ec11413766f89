"""What an answer says besides the seven probabilities: prior, thresholds, doubts."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from classifier import photo_warnings
from classifier.models import Status
from ml.labels import LABELS
from tests.cards import CARD
from tests.factories import ModelVersionFactory, prediction_in

pytestmark = pytest.mark.usefixtures("media")


@pytest.fixture
def answer(alice: User, alice_api: APIClient) -> Any:
    """What the API says of a succeeded prediction with these fields, alone and in the history."""

    def answered(**fields: Any) -> dict[str, Any]:
        prediction = prediction_in(Status.SUCCEEDED, image__owner=alice, **fields)
        body: dict[str, Any] = alice_api.get(f"/api/v1/predictions/{prediction.pk}/").json()
        row = alice_api.get("/api/v1/predictions/").json()["results"][0]
        assert row == {name: body[name] for name in row}
        return body

    return answered


def test_the_prior_is_named_in_words_and_in_shares(answer: Any) -> None:
    prior = answer(prior="ham10000")["prior"]
    assert prior["text"] == "ham10000"
    assert prior["message"] == "assuming the frequencies of HAM10000"
    assert tuple(prior["shares"]) == LABELS
    assert prior["shares"]["nv"] == pytest.approx(6705 / 10015)


@pytest.mark.parametrize(("score", "said"), [(None, None), (-0.2, False), (0.0, True), (3.1, True)])
def test_in_distribution_is_a_yes_a_no_or_unknown(
    score: float | None, said: bool | None, answer: Any
) -> None:
    assert answer(in_distribution=score)["in_distribution"] is said


def test_what_is_no_lesion_keeps_its_numbers_and_carries_a_warning(answer: Any) -> None:
    body = answer(in_distribution=-1.0, warnings=["not_a_lesion"])
    assert (body["label"], body["probability"]) == ("nv", 0.9)
    assert sum(body["probabilities"].values()) == pytest.approx(1)
    message = "This does not look like a dermatoscopic photograph of a skin lesion."
    assert body["warnings"] == [{"code": "not_a_lesion", "message": message}]


def test_warnings_are_codes_with_sentences(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(photo_warnings.SENTENCES, "blurred", "The photograph is blurred.")
    assert answer(warnings=["blurred"])["warnings"] == [
        {"code": "blurred", "message": "The photograph is blurred."}
    ]


def test_a_network_without_thresholds_gives_none(answer: Any) -> None:
    assert answer()["operating_points"] == []


def test_each_threshold_is_given_with_what_was_measured(answer: Any) -> None:
    version = ModelVersionFactory(card=CARD)
    first, *others = answer(model_version=version, label="mel")["operating_points"]
    assert first.pop("message").startswith("Above the melanoma threshold: at this threshold ")
    assert first.pop("score") == pytest.approx(0.9)
    assert first == {
        "target": "mel",
        "aim": 0.95,
        "threshold": 0.08,
        "reached": True,
        "sensitivity": 0.937,
        "specificity": 0.594,
        "measured_on": "held-out",
    }
    assert [other["target"] for other in others] == ["mel", "malignant", "malignant"]


def test_thresholds_do_not_follow_the_prior(answer: Any) -> None:
    version = ModelVersionFactory(card=CARD)
    body = answer(model_version=version, label="mel", prior="ham10000")
    shares, probabilities = body["prior"]["shares"], body["probabilities"]
    likelihoods = {label: probabilities[label] / shares[label] for label in LABELS}
    score = likelihoods["mel"] / sum(likelihoods.values())
    assert score < 0.7 < probabilities["mel"]
    assert body["operating_points"][0]["score"] == pytest.approx(score)
