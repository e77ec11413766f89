from __future__ import annotations

import numpy as np
import pytest

from ml.bootstrap import intervals
from ml.metrics import Labels, Probabilities, accuracy, recalls

NV, MEL = 5, 4


def figures(labels: Labels, probabilities: Probabilities) -> dict[str, float]:
    return {"accuracy": accuracy(labels, probabilities)} | recalls(labels, probabilities)


def half_right(n: int) -> tuple[Labels, Probabilities]:
    """Nevi of which every second one is recognised."""
    predicted = np.where(np.arange(n) % 2, NV, MEL)
    return np.full(n, NV), np.eye(7)[predicted]


def test_an_interval_is_as_wide_as_the_binomial_one() -> None:
    labels, probabilities = half_right(400)
    lesions = [str(number) for number in range(400)]
    low, high = intervals(figures, labels, probabilities, lesions)["accuracy"]
    expected = 1.96 * np.sqrt(0.25 / 400)
    assert low == pytest.approx(0.5 - expected, abs=0.01)
    assert high == pytest.approx(0.5 + expected, abs=0.01)


def test_photographs_of_one_lesion_are_drawn_together() -> None:
    # Eight right ones of one lesion and eight wrong ones of another: a draw is all or half or none.
    labels, probabilities = half_right(16)
    lesions = ["right" if number % 2 else "wrong" for number in range(16)]
    assert intervals(figures, labels, probabilities, lesions)["accuracy"] == (0, 1)
    apart = [str(number) for number in range(16)]
    low, high = intervals(figures, labels, probabilities, apart)["accuracy"]
    assert 0.1 < low < high < 0.9


def test_the_order_of_the_photographs_of_a_lesion_does_not_matter() -> None:
    labels, probabilities = half_right(40)
    lesions = [f"{number % 10:02}" for number in range(40)]
    order = np.argsort(lesions, kind="stable")
    expected = intervals(figures, labels, probabilities, lesions)
    found = intervals(figures, labels[order], probabilities[order], sorted(lesions))
    assert found == expected


def test_an_interval_is_the_same_in_every_call() -> None:
    scored = half_right(50)
    lesions = [str(number) for number in range(50)]
    first = intervals(figures, *scored, lesions, rounds=50)
    assert first == intervals(figures, *scored, lesions, rounds=50)


def test_rounds_that_lack_a_class_are_left_out_of_its_interval() -> None:
    labels, probabilities = half_right(20)
    labels[0] = MEL  # the only melanoma, recognised; it is drawn in two rounds of three
    lesions = [str(number) for number in range(20)]
    assert intervals(figures, labels, probabilities, lesions)["mel"] == (1, 1)


def test_undefined_figures_have_no_interval() -> None:
    labels, probabilities = half_right(4)
    found = intervals(lambda *_: {"auc": float("nan")}, labels, probabilities, list("abcd"))
    assert found == {}
