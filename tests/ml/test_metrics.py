from __future__ import annotations

import json
import math

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from ml.labels import LABELS
from ml.metrics import accuracy, auc, balanced_accuracy, one_vs_rest_aucs, recalls, report

AKIEC, BCC, _, _, MEL, NV, _ = range(7)


def certain(*predicted: int) -> npt.NDArray[np.float64]:
    """Probabilities of a network that is sure of each of its predictions."""
    return np.eye(7)[list(predicted)]


# Four nevi of which three are recognised, two melanomas of which one is, one bcc taken for akiec.
TRUE = np.array([NV, NV, NV, NV, MEL, MEL, BCC])
PREDICTED = certain(NV, NV, NV, MEL, MEL, NV, AKIEC)


def test_accuracy_is_the_share_of_right_predictions() -> None:
    assert accuracy(TRUE, PREDICTED) == pytest.approx(4 / 7)


def test_recall_is_given_for_the_classes_that_occur() -> None:
    assert recalls(TRUE, PREDICTED) == {"bcc": 0.0, "mel": 0.5, "nv": 0.75}


def test_balanced_accuracy_is_the_mean_recall_of_the_classes_that_occur() -> None:
    assert balanced_accuracy(TRUE, PREDICTED) == pytest.approx((0 + 0.5 + 0.75) / 3)


@pytest.mark.parametrize(
    ("positive", "score", "expected"),
    [
        ([1, 1, 0, 0], [0.9, 0.8, 0.2, 0.1], 1.0),
        ([0, 0, 1, 1], [0.9, 0.8, 0.2, 0.1], 0.0),
        ([1, 0, 1, 0], [0.9, 0.8, 0.2, 0.1], 0.75),  # of four pairs one is the wrong way round
        ([1, 0], [0.5, 0.5], 0.5),
        ([1, 1, 0, 0], [0.9, 0.5, 0.5, 0.1], 0.875),  # three pairs right, one tie
        ([1, 0, 0, 0], [0.3, 0.3, 0.3, 0.3], 0.5),
    ],
)
def test_auc_is_the_share_of_pairs_in_the_right_order(
    positive: list[int], score: list[float], expected: float
) -> None:
    assert auc(np.array(positive, bool), np.array(score)) == pytest.approx(expected)


@pytest.mark.parametrize("positive", [[True, True], [False, False]])
def test_auc_is_undefined_without_both_classes(positive: list[bool]) -> None:
    assert math.isnan(auc(np.array(positive), np.array([0.1, 0.2])))


@pytest.fixture
def scored() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """All seven classes; probabilities rounded, so that ties occur."""
    rng = np.random.default_rng(7)
    labels = np.concatenate([np.arange(7), rng.integers(0, 7, 300)])
    probabilities = rng.dirichlet(np.ones(7), len(labels)).round(1)
    return labels, probabilities


def test_the_figures_agree_with_scikit_learn(
    scored: tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]],
) -> None:
    labels, probabilities = scored
    for index, value in enumerate(one_vs_rest_aucs(labels, probabilities).values()):
        assert value == pytest.approx(roc_auc_score(labels == index, probabilities[:, index]))
    expected = balanced_accuracy_score(labels, probabilities.argmax(axis=1))
    assert balanced_accuracy(labels, probabilities) == pytest.approx(expected)


def test_a_report_holds_all_figures(
    scored: tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]],
) -> None:
    labels, probabilities = scored
    figures = report(labels, probabilities)
    assert figures["n"] == sum(figures["n_by_label"].values()) == 307
    assert figures["n_by_label"]["mel"] == (labels == MEL).sum()
    assert figures["accuracy"] == accuracy(labels, probabilities)
    assert figures["recall"] == recalls(labels, probabilities)
    assert figures["auc"] == one_vs_rest_aucs(labels, probabilities)
    assert tuple(figures["auc"]) == LABELS
    assert figures["macro_auc"] == pytest.approx(sum(figures["auc"].values()) / 7)


def test_the_baseline_always_says_the_commonest_class() -> None:
    baseline = report(TRUE, PREDICTED)["majority_baseline"]
    assert baseline["accuracy"] == pytest.approx(4 / 7)
    assert baseline["balanced_accuracy"] == pytest.approx(1 / 3)


def test_a_report_leaves_out_what_is_undefined() -> None:
    # NaN is no JSON: a browser cannot read it and PostgreSQL does not store it.
    figures = report(TRUE, PREDICTED)
    assert figures["auc"] == pytest.approx({"bcc": 0.5, "mel": 0.65, "nv": 17 / 24})
    assert figures["macro_auc"] == pytest.approx((0.5 + 0.65 + 17 / 24) / 3)
    json.dumps(figures, allow_nan=False)


def test_a_report_on_a_single_class_is_json_too() -> None:
    figures = report(np.array([NV, NV]), certain(NV, MEL))
    assert figures["auc"] == {}
    assert figures["macro_auc"] is None
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
