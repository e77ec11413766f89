from __future__ import annotations

from math import comb

import numpy as np
import pytest

from ml.calibration import (
    calibration_error_by_chance,
    class_weights,
    expected_calibration_error,
    log_loss,
    reliability,
)

NV = 5


def confident(*confidences: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Rows that say nevus with these probabilities; the rest is shared by the others."""
    rows = np.repeat((1 - np.array(confidences)) / 6, 7).reshape(-1, 7)
    rows[:, NV] = confidences
    return rows


# Of the two at 0.9 one is right, of the four at 0.6 three are.
CONFIDENCES = confident(0.9, 0.9, 0.6, 0.6, 0.6, 0.6)
LABELS = np.array([NV, 0, NV, NV, NV, 0])


def test_reliability_is_by_bins_of_confidence() -> None:
    low, high = reliability(LABELS, CONFIDENCES, bins=10)
    assert low == pytest.approx((4, 4 / 6, 0.6, 0.75))
    assert high == pytest.approx((2, 2 / 6, 0.9, 0.5))


def test_the_calibration_error_weighs_the_gaps_by_the_bins_sizes() -> None:
    expected = 4 / 6 * (0.75 - 0.6) + 2 / 6 * (0.9 - 0.5)
    assert expected_calibration_error(LABELS, CONFIDENCES, bins=10) == pytest.approx(expected)


def test_one_who_is_right_as_often_as_said_has_no_error() -> None:
    labels = np.array([NV] * 3 + [0])
    assert expected_calibration_error(labels, confident(0.75, 0.75, 0.75, 0.75)) == 0


def test_full_confidence_is_in_the_last_bin() -> None:
    (only,) = reliability(np.array([NV]), confident(1.0))
    assert only == (1, 1.0, 1.0, 1.0)


def test_log_loss_is_the_mean_negative_log_likelihood() -> None:
    rows = confident(0.5, 0.25)
    assert log_loss(np.array([NV, NV]), rows) == pytest.approx((np.log(2) + np.log(4)) / 2)


def test_log_loss_of_what_was_thought_impossible_is_finite() -> None:
    assert log_loss(np.array([0]), confident(1.0)) == pytest.approx(-np.log(1e-7))


def test_class_weights_make_the_classes_equally_frequent() -> None:
    assert class_weights(np.array([NV, NV, NV, 0])).tolist() == pytest.approx(
        [1 / 6, 1 / 6, 1 / 6, 1 / 2]
    )


def test_weighted_calibration_by_hand() -> None:
    """At 0.6 three nevi are right and one of the other class wrong: half right, when weighted."""
    labels = np.array([NV, NV, NV, 0])
    rows = confident(0.6, 0.6, 0.6, 0.6)
    weights = class_weights(labels)
    (only,) = reliability(labels, rows, weights=weights)
    assert only == pytest.approx((4, 1.0, 0.6, 0.5))
    assert expected_calibration_error(labels, rows, weights=weights) == pytest.approx(0.1)


def test_weighted_log_loss_by_hand() -> None:
    labels = np.array([NV, NV, 0])
    rows = confident(0.5, 0.5, 0.4)  # the other class gets 0.1
    expected = (np.log(2) + np.log(10)) / 2
    assert log_loss(labels, rows, class_weights(labels)) == pytest.approx(expected)


def test_chance_alone_gives_a_calibrated_network_an_error_that_shrinks_with_the_photographs() -> (
    None
):
    """Of n photographs that are right with 3 in 4: the mean of |binomial(n, ¾) / n − ¾|."""
    few, many = (calibration_error_by_chance(confident(*[0.75] * n)) for n in (4, 400))
    by_hand = sum(comb(4, k) * 0.75**k * 0.25 ** (4 - k) * abs(k / 4 - 0.75) for k in range(5))
    assert few == pytest.approx(by_hand, abs=0.02)
    assert many == pytest.approx(np.sqrt(2 / np.pi * 0.1875 / 400), rel=0.1)
    assert calibration_error_by_chance(confident(1.0, 1.0)) == 0


def test_chance_weighs_as_the_error_does() -> None:
    rows = confident(*[0.75] * 50, *[0.6] * 50)
    weights = np.repeat([0.0, 0.02], 50)
    alone = calibration_error_by_chance(confident(*[0.6] * 50))
    assert calibration_error_by_chance(rows, weights=weights) == pytest.approx(alone, rel=0.15)
