from __future__ import annotations

import numpy as np
import pytest

from ml.labels import LABELS
from ml.operating_points import choose, measure

MEL, NV, BCC = (LABELS.index(label) for label in ("mel", "nv", "bcc"))
# Twenty melanomas at 0.05, 0.10 … 1.00 and ten nevi at 0.01, 0.12, 0.23 …
SCORES = np.concatenate([np.arange(1, 21) / 20, 0.01 + 0.11 * np.arange(10)])
TRUE = np.repeat([MEL, NV], (20, 10))


def posteriors(
    scores: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rows = np.zeros((len(scores), len(LABELS)))
    rows[:, MEL], rows[:, NV] = scores, 1 - scores
    return rows


def test_the_highest_threshold_that_reaches_the_sensitivity_is_chosen() -> None:
    points = {(p["target"], p["sensitivity"]): p for p in choose(TRUE, posteriors(SCORES))}
    assert set(points) == {(t, s) for t in ("mel", "malignant") for s in (0.95, 0.9)}
    first, second = points["mel", 0.95], points["mel", 0.9]
    assert first["threshold"] == pytest.approx(0.10)  # 19 of 20 have at least that
    assert first["measured"] == pytest.approx({"sensitivity": 0.95, "specificity": 0.1})
    assert second["threshold"] == pytest.approx(0.15)
    assert second["measured"] == pytest.approx({"sensitivity": 0.9, "specificity": 0.2})
    assert (first["positives"], first["negatives"]) == (20, 10)


def test_a_malignant_lesion_counts_by_the_sum_of_the_malignant_classes() -> None:
    rows = posteriors(SCORES)
    rows[:, BCC] = rows[:, NV] / 2
    rows[:, NV] /= 2
    points = [p for p in choose(TRUE, rows) if p["target"] == "malignant"]
    assert points[0]["labels"] == ["akiec", "bcc", "mel"]
    assert points[0]["threshold"] == pytest.approx(0.10 + 0.45)


def test_the_same_thresholds_are_measured_on_other_data() -> None:
    (point, *_) = choose(TRUE, posteriors(SCORES))
    other = posteriors(np.array([0.5, 0.05, 0.2, 0.01]))
    (measured,) = measure([point], np.array([MEL, MEL, NV, NV]), other)
    assert measured["threshold"] == point["threshold"]
    assert measured["measured"] == {"sensitivity": 0.5, "specificity": 0.5}
    assert (measured["positives"], measured["negatives"]) == (2, 2)


def test_what_is_undefined_is_left_out() -> None:
    (point, *_) = choose(TRUE, posteriors(SCORES))
    (measured,) = measure([point], np.array([NV]), posteriors(np.array([0.01])))
    assert measured["measured"] == {"specificity": 1.0}
