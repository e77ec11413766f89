"""All figures of one scoring, ready for JSON: what is undefined is left out, never NaN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ml import metrics
from ml.bootstrap import intervals
from ml.calibration import (
    calibration_error_by_chance,
    class_weights,
    expected_calibration_error,
    reliability,
)
from ml.labels import LABELS, MALIGNANT
from ml.metrics import Labels, Probabilities
from ml.posterior import HAM10000, UNIFORM, parse_prior, under_another_prior

SPECIFICITY = 0.9
CALIBRATION_ERRORS = (
    "ece_uniform_prior",
    "ece_ham10000_prior",
)
MELANOMA = LABELS.index("mel")
MALIGNANT_INDICES = [LABELS.index(label) for label in sorted(MALIGNANT)]


def headline(labels: Labels, probabilities: Probabilities) -> dict[str, float]:
    """The figures that sum a network up, by name; recalls as "recall mel" and so on."""
    melanoma = labels == MELANOMA
    malignant = np.isin(labels, MALIGNANT_INDICES)
    aucs = list(metrics.one_vs_rest_aucs(labels, probabilities).values())
    figures = {
        "accuracy": metrics.accuracy(labels, probabilities),
        "balanced_accuracy": metrics.balanced_accuracy(labels, probabilities),
        "macro_f1": metrics.macro_f1(labels, probabilities),
        "weighted_precision": metrics.weighted_precision(labels, probabilities),
        "macro_auc": float(np.mean(aucs)) if aucs else float("nan"),
        "malignant_auc": metrics.auc(malignant, probabilities[:, MALIGNANT_INDICES].sum(axis=1)),
        f"melanoma_sensitivity_at_specificity_{SPECIFICITY}": metrics.sensitivity_at(
            SPECIFICITY, melanoma, probabilities[:, MELANOMA]
        ),
    } | dict(zip(CALIBRATION_ERRORS, calibration_errors(labels, probabilities), strict=True))
    return figures | {
        f"recall {label}": value for label, value in metrics.recalls(labels, probabilities).items()
    }


def calibration_errors(labels: Labels, probabilities: Probabilities) -> tuple[float, float]:
    """ECE under the uniform prior, the classes weighted to it, and under the data set's own."""
    return (
        expected_calibration_error(labels, probabilities, weights=class_weights(labels)),
        expected_calibration_error(labels, _under_ham10000(probabilities)),
    )


def calibration_errors_by_chance(labels: Labels, probabilities: Probabilities) -> dict[str, float]:
    """What those two would be, on average, of a network that is perfectly calibrated."""
    chance = (
        calibration_error_by_chance(probabilities, weights=class_weights(labels)),
        calibration_error_by_chance(_under_ham10000(probabilities)),
    )
    return dict(zip(CALIBRATION_ERRORS, chance, strict=True))


def _under_ham10000(probabilities: Probabilities) -> Probabilities:
    return under_another_prior(
        probabilities.astype(np.float64), parse_prior(UNIFORM), parse_prior(HAM10000)
    )


def report(
    labels: Labels,
    probabilities: Probabilities,
    lesions: Sequence[str],
    subgroups: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """`probabilities` (n, 7): posteriors under the uniform prior. `lesions`: each photograph's.

    `subgroups`: attribute → each photograph's value.
    """
    bins = reliability(labels, probabilities, weights=class_weights(labels))
    return {
        "n": len(labels),
        "lesions": len(set(lesions)),
        "figures": _defined(headline(labels, probabilities)),
        "by_chance": calibration_errors_by_chance(labels, probabilities),
        "intervals": {
            name: list(ends)
            for name, ends in intervals(headline, labels, probabilities, lesions).items()
        },
        "by_class": by_class(labels, probabilities),
        "confusion": metrics.confusion(labels, probabilities).tolist(),
        "reliability": [found._asdict() for found in bins],
        "subgroups": [
            row
            for attribute, values in subgroups.items()
            for row in by_subgroup(attribute, values, labels, probabilities)
        ],
        "majority_baseline": _defined(headline(labels, always_the_commonest(labels))),
    }


def by_class(labels: Labels, probabilities: Probabilities) -> dict[str, dict[str, float]]:
    """Class → n and whatever is defined of recall, precision, specificity and AUC."""
    tables = {
        "recall": metrics.recalls(labels, probabilities),
        "precision": metrics.precisions(labels, probabilities),
        "specificity": metrics.specificities(labels, probabilities),
        "auc": metrics.one_vs_rest_aucs(labels, probabilities),
    }
    counts = np.bincount(labels, minlength=len(LABELS)).tolist()
    return {
        label: {"n": n} | {name: table[label] for name, table in tables.items() if label in table}
        for label, n in zip(LABELS, counts, strict=True)
    }


def by_subgroup(
    attribute: str, values: Sequence[str], labels: Labels, probabilities: Probabilities
) -> list[dict[str, Any]]:
    """A row for each value that occurs; `classes` says over how many the mean recall goes."""
    names = np.asarray(values)
    rows = []
    for name in sorted(set(values)):
        here = names == name
        figures = headline(labels[here], probabilities[here])
        kept = ("accuracy", "balanced_accuracy", "malignant_auc", "recall mel")
        rows.append(
            {
                "attribute": attribute,
                "value": name,
                "n": int(here.sum()),
                "classes": len(set(labels[here].tolist())),
                "melanomas": int((labels[here] == MELANOMA).sum()),
            }
            | _defined({key: figures[key] for key in kept if key in figures})
        )
    return rows


def always_the_commonest(labels: Labels) -> Probabilities:
    """The predictions of the majority baseline, shape (n, 7)."""
    commonest = np.bincount(labels, minlength=len(LABELS)).argmax()
    return np.tile(np.eye(len(LABELS))[commonest], (len(labels), 1))


def _defined(figures: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in figures.items() if not np.isnan(value)}
