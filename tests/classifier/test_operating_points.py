from __future__ import annotations

import copy

import numpy as np
import pytest

from classifier.networks.operating_points import Hint, hints, operating_points
from ml.labels import LABELS, by_label
from ml.posterior import HAM10000, UNIFORM, parse_prior, under_another_prior
from tests.cards import CARD, Card


def probabilities(mel: float, bcc: float = 0.0) -> dict[str, float]:
    return {**dict.fromkeys(LABELS, 0.0), "mel": mel, "bcc": bcc, "nv": 1 - mel - bcc}


def without(*keys: str) -> Card:
    """The card without the key at the end of that way."""
    card = copy.deepcopy(CARD)
    inner = card
    for key in keys[:-1]:
        inner = inner[key]
    del inner[keys[-1]]
    return card


def points(found: list[Hint]) -> list[tuple[str, float]]:
    return [(hint.point.target, hint.point.aim) for hint in found]


def test_there_is_one_for_each_threshold_in_the_cards_order() -> None:
    assert points(hints(probabilities(0.5), UNIFORM, CARD)) == [
        ("mel", 0.95), ("mel", 0.9), ("malignant", 0.95), ("malignant", 0.9),
    ]  # fmt: skip


@pytest.mark.parametrize("card", [None, {}, without("operating_points")])
def test_a_card_without_thresholds_gives_none(card: Card | None) -> None:
    assert hints(probabilities(0.5), UNIFORM, card) == []


def test_before_there_is_a_result_there_is_none() -> None:
    assert hints(None, "", CARD) == []


def test_a_target_that_is_not_known_here_is_left_out() -> None:
    card = copy.deepcopy(CARD)
    card["operating_points"][0]["target"] = "scars"
    assert points(hints(probabilities(0.5), UNIFORM, card))[0] == ("mel", 0.9)


@pytest.mark.parametrize(
    ("mel", "bcc", "reached"),
    [
        (0.0799, 0.0, [False, False, False, False]),
        (0.08, 0.0, [True, False, False, False]),  # the threshold itself raises the alarm
        (0.15, 0.04, [True, True, False, False]),
        (0.15, 0.1, [True, True, True, False]),
        (0.0, 0.9, [False, False, True, True]),
    ],
)
def test_a_score_is_the_sum_of_its_classes(mel: float, bcc: float, reached: list[bool]) -> None:
    found = hints(probabilities(mel, bcc), UNIFORM, CARD)
    assert [hint.reached for hint in found] == reached
    assert found[0].score == pytest.approx(mel)
    assert found[2].score == pytest.approx(mel + bcc)


def test_the_prior_that_is_shown_does_not_move_the_score() -> None:
    uniform = np.array([0.1, 0.1, 0.1, 0.1, 0.2, 0.3, 0.1])
    shown = by_label(under_another_prior(uniform, parse_prior(UNIFORM), parse_prior(HAM10000)))
    assert shown["mel"] < 0.1  # below what the uniform prior gives
    scores = [hint.score for hint in hints(shown, HAM10000, CARD)]
    assert scores == pytest.approx([0.2, 0.2, 0.4, 0.4])


def test_the_figures_are_those_of_held_out_photographs() -> None:
    point = operating_points(CARD)[0]
    assert (point.sensitivity, point.specificity, point.threshold) == (0.937, 0.594, 0.08)
    assert point.measured_on == "held-out"


def test_else_they_are_those_of_validation() -> None:
    moved = copy.deepcopy(CARD)
    moved["operating_points"][0]["threshold"] = 0.07  # chosen anew, and not scored since
    for card in (without("metrics"), without("metrics", "operating_points"), moved):
        point = operating_points(card)[0]
        assert (point.sensitivity, point.specificity) == (0.951, 0.61)
        assert point.measured_on == "validation"


def test_the_sentences_say_what_was_found_missed_and_called_in_vain() -> None:
    above, _, below, _ = hints(probabilities(0.1), UNIFORM, CARD)
    assert above.sentence == (
        "Above the melanoma threshold: at this threshold the network found 94 of 100 melanomas "
        "and raised a false alarm on 41 of 100 other lesions (held-out photographs)."
    )
    assert below.sentence == (
        "Below the malignant-or-pre-malignant threshold: at this threshold the network found 95 "
        "of 100 malignant or pre-malignant lesions, missed 5 and raised a false alarm on 47 of "
        "100 benign lesions (held-out photographs)."
    )


@pytest.mark.parametrize(
    ("sensitivity", "found"), [(0.998, "99 of 100"), (1.0, "100 of 100"), (0.001, "1 of 100")]
)
def test_only_all_is_called_all(sensitivity: float, found: str) -> None:
    card = copy.deepcopy(CARD)
    card["metrics"]["operating_points"][0]["measured"]["sensitivity"] = sensitivity
    assert f"found {found} melanomas" in hints(probabilities(0.5), UNIFORM, card)[0].sentence
