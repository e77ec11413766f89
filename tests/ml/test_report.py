from __future__ import annotations

import json

import numpy as np
import pytest

from ml.calibration import class_weights, expected_calibration_error
from ml.labels import LABELS
from ml.metrics import Labels, Probabilities, auc, balanced_accuracy, macro_f1, sensitivity_at
from ml.posterior import parse_prior
from ml.report import headline, report

AKIEC, BCC, _, _, MEL, NV, _ = range(7)


def certain(*predicted: int) -> Probabilities:
    return np.eye(7)[list(predicted)]


# Four nevi of which three are recognised, two melanomas of which one is, one bcc taken for akiec.
TRUE = np.array([NV, NV, NV, NV, MEL, MEL, BCC])
PREDICTED = certain(NV, NV, NV, MEL, MEL, NV, AKIEC)
LESIONS = ["a", "a", "b", "c", "d", "e", "f"]


@pytest.fixture(scope="module")
def scored() -> tuple[Labels, Probabilities]:
    rng = np.random.default_rng(7)
    labels = np.concatenate([np.arange(7), rng.integers(0, 7, 200)])
    return labels, rng.dirichlet(np.ones(7), len(labels)) / 2 + np.eye(7)[labels] / 8


def test_the_headline_holds_the_figures_by_name(scored: tuple[Labels, Probabilities]) -> None:
    labels, probabilities = scored
    figures = headline(labels, probabilities)
    assert figures["balanced_accuracy"] == balanced_accuracy(labels, probabilities)
    assert figures["macro_f1"] == macro_f1(labels, probabilities)
    expected = expected_calibration_error(labels, probabilities, weights=class_weights(labels))
    assert figures["ece_uniform_prior"] == expected
    prior = parse_prior("ham10000")
    expected = expected_calibration_error(
        labels, probabilities * prior / (probabilities * prior).sum(axis=1, keepdims=True)
    )
    assert figures["ece_ham10000_prior"] == pytest.approx(expected)
    malignant = np.isin(labels, [AKIEC, BCC, MEL])
    score = probabilities[:, AKIEC] + probabilities[:, BCC] + probabilities[:, MEL]
    assert figures["malignant_auc"] == pytest.approx(auc(malignant, score))
    assert figures["melanoma_sensitivity_at_specificity_0.9"] == sensitivity_at(
        0.9, labels == MEL, probabilities[:, MEL]
    )
    assert {f"recall {label}" for label in LABELS} <= set(figures)


def test_a_report_has_an_interval_around_each_figure(scored: tuple[Labels, Probabilities]) -> None:
    labels, probabilities = scored
    lesions = [str(number // 2) for number in range(len(labels))]
    found = report(labels, probabilities, lesions, {})
    assert (found["n"], found["lesions"]) == (207, 104)
    assert set(found["intervals"]) == set(found["figures"])
    for name in ("accuracy", "balanced_accuracy", "macro_auc", "malignant_auc", "recall mel"):
        low, high = found["intervals"][name]
        assert low < found["figures"][name] < high


def test_a_report_has_a_row_for_each_class() -> None:
    by_class = report(TRUE, PREDICTED, LESIONS, {})["by_class"]
    assert by_class["mel"] == pytest.approx(
        {"n": 2, "recall": 0.5, "precision": 0.5, "specificity": 0.8, "auc": 0.65}
    )
    assert by_class["df"] == {"n": 0, "specificity": 1.0}


def test_a_report_has_a_row_for_each_subgroup() -> None:
    sexes = ["male", "male", "female", "female", "male", "female", "female"]
    rows = report(TRUE, PREDICTED, LESIONS, {"sex": sexes})["subgroups"]
    male = {"attribute": "sex", "value": "male", "n": 3, "classes": 2, "melanomas": 1}
    male |= {"accuracy": 1.0, "balanced_accuracy": 1.0, "malignant_auc": 1.0, "recall mel": 1.0}
    assert rows[1] == male
    assert (rows[0]["value"], rows[0]["n"], rows[0]["recall mel"]) == ("female", 4, 0.0)
    assert rows[0]["accuracy"] == pytest.approx(1 / 4)


def test_the_baseline_always_says_the_commonest_class() -> None:
    baseline = report(TRUE, PREDICTED, LESIONS, {})["majority_baseline"]
    assert baseline["accuracy"] == pytest.approx(4 / 7)
    assert baseline["balanced_accuracy"] == pytest.approx(1 / 3)
    assert baseline["macro_auc"] == 0.5
    assert baseline["melanoma_sensitivity_at_specificity_0.9"] == 0


def test_a_report_leaves_out_what_is_undefined() -> None:
    # NaN is no JSON: a browser cannot read it and PostgreSQL does not store it.
    found = report(np.array([NV, NV]), certain(NV, MEL), ["a", "b"], {"sex": ["male", "female"]})
    assert "macro_auc" not in found["figures"]
    assert "malignant_auc" not in found["majority_baseline"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found
