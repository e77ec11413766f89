from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from sklearn import metrics as reference

from ml.labels import LABELS
from ml.metrics import (
    accuracy,
    auc,
    balanced_accuracy,
    confusion,
    macro_f1,
    one_vs_rest_aucs,
    precisions,
    recalls,
    roc,
    sensitivity_at,
    specificities,
    weighted_precision,
)

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


def test_the_confusion_counts_true_classes_in_rows_and_predicted_ones_in_columns() -> None:
    counts = confusion(TRUE, PREDICTED)
    assert counts.sum() == 7
    assert (counts[NV, NV], counts[NV, MEL], counts[MEL, MEL], counts[MEL, NV]) == (3, 1, 1, 1)
    assert counts[BCC, AKIEC] == 1


def test_precision_is_given_for_the_classes_that_are_predicted() -> None:
    # Called nevus: three rightly, one wrongly; melanoma: one and one; akiec: none and one.
    assert precisions(TRUE, PREDICTED) == {"akiec": 0.0, "mel": 0.5, "nv": 0.75}


def test_specificity_is_the_share_of_the_others_that_are_not_called_so() -> None:
    found = specificities(TRUE, PREDICTED)
    assert found["mel"] == pytest.approx(4 / 5)  # of five others one is called melanoma
    assert found["nv"] == pytest.approx(2 / 3)
    assert found["akiec"] == pytest.approx(6 / 7)
    assert found["df"] == found["bcc"] == 1.0
    assert specificities(np.array([NV]), certain(NV)) == pytest.approx(
        {label: 1.0 for label in LABELS if label != "nv"}  # there is nothing but nevi
    )


def test_macro_f1_is_the_mean_over_the_classes_that_occur_or_are_predicted() -> None:
    # 2·TP / (2·TP + FP + FN): akiec 0/1, bcc 0/1, mel 2/4, nv 6/8.
    assert macro_f1(TRUE, PREDICTED) == pytest.approx((0 + 0 + 0.5 + 0.75) / 4)


def test_weighted_precision_counts_a_class_that_is_never_predicted_as_0() -> None:
    # nv 4/7 · 0.75, mel 2/7 · 0.5, bcc 1/7 · 0.
    assert weighted_precision(TRUE, PREDICTED) == pytest.approx((4 * 0.75 + 2 * 0.5) / 7)


def test_the_roc_has_a_point_for_each_threshold_and_one_for_ties() -> None:
    positive = np.array([True, False, True, False])
    false_alarms, sensitivity = roc(positive, np.array([0.9, 0.5, 0.5, 0.1]))
    assert false_alarms.tolist() == [0, 0, 0.5, 1]
    assert sensitivity.tolist() == [0, 0.5, 1, 1]


@pytest.mark.parametrize(
    ("specificity", "expected"),
    # Downwards: hit, alarm, hit, hit, alarm, four others. Without an alarm one of three is found.
    [(1.0, 1 / 3), (0.9, 1 / 3), (5 / 6, 1.0), (0.5, 1.0), (0.0, 1.0)],
)
def test_sensitivity_at_a_specificity_is_the_best_that_keeps_it(
    specificity: float, expected: float
) -> None:
    positive = np.array([1, 0, 1, 1, 0, 0, 0, 0, 0], bool)
    score = np.linspace(0.9, 0.1, 9)
    assert sensitivity_at(specificity, positive, score) == pytest.approx(expected)


def test_no_threshold_parts_a_tie() -> None:
    positive = np.array([True, True, False])
    assert sensitivity_at(0.9, positive, np.array([0.5, 0.5, 0.5])) == 0.0
    assert math.isnan(sensitivity_at(0.9, np.array([True]), np.array([0.5])))


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
        expected = reference.roc_auc_score(labels == index, probabilities[:, index])
        assert value == pytest.approx(expected)
    predicted = probabilities.argmax(axis=1)
    assert (confusion(labels, probabilities) == reference.confusion_matrix(labels, predicted)).all()
    assert balanced_accuracy(labels, probabilities) == pytest.approx(
        reference.balanced_accuracy_score(labels, predicted)
    )
    assert macro_f1(labels, probabilities) == pytest.approx(
        reference.f1_score(labels, predicted, average="macro")
    )
    assert weighted_precision(labels, probabilities) == pytest.approx(
        reference.precision_score(labels, predicted, average="weighted")
    )
    expected = reference.roc_curve(labels == MEL, probabilities[:, MEL], drop_intermediate=False)
    for found, curve in zip(roc(labels == MEL, probabilities[:, MEL]), expected[:2], strict=True):
        assert found == pytest.approx(curve)


def test_an_auc_without_both_classes_is_left_out() -> None:
    assert one_vs_rest_aucs(TRUE, PREDICTED) == pytest.approx(
        {"bcc": 0.5, "mel": 0.65, "nv": 17 / 24}
    )
