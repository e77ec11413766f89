"""Metrics as pure functions over arrays. `labels` int (n,), `probabilities` float (n, 7)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.labels import LABELS

Labels = npt.NDArray[np.int64]
Probabilities = npt.NDArray[np.floating[Any]]


def recalls(labels: Labels, probabilities: Probabilities) -> dict[str, float]:
    """Recall (sensitivity) of each class that occurs; the prediction is the argmax."""
    predicted = probabilities.argmax(axis=1)
    return {
        label: float((predicted[labels == index] == index).mean())
        for index, label in enumerate(LABELS)
        if (labels == index).any()
    }


def accuracy(labels: Labels, probabilities: Probabilities) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


def balanced_accuracy(labels: Labels, probabilities: Probabilities) -> float:
    """Mean recall over the classes that occur."""
    return float(np.mean(list(recalls(labels, probabilities).values())))


def log_loss(labels: Labels, probabilities: Probabilities) -> float:
    """Mean negative log-likelihood (categorical cross-entropy), natural logarithm."""
    likelihood = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(likelihood, 1e-7)).mean())


def auc(positive: npt.NDArray[np.bool_], score: Probabilities) -> float:
    """Area under the ROC curve, by ranks (Mann–Whitney U); ties count one half.

    Undefined, so NaN, unless both classes occur.
    """
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not n_positive or not n_negative:
        return float("nan")
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(counts) - (counts - 1) / 2
    rank_sum = mean_rank[inverse][positive].sum()
    return float((rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def one_vs_rest_aucs(labels: Labels, probabilities: Probabilities) -> dict[str, float]:
    """AUC of each class against all others."""
    return {
        label: auc(labels == index, probabilities[:, index]) for index, label in enumerate(LABELS)
    }


def report(labels: Labels, probabilities: Probabilities) -> dict[str, Any]:
    """All figures of one scoring, ready for JSON; the baseline always says the commonest class.

    JSON has no NaN: an undefined AUC is left out, and the mean over none of them is None.
    """
    aucs = {
        label: value
        for label, value in one_vs_rest_aucs(labels, probabilities).items()
        if not math.isnan(value)
    }
    counts = np.bincount(labels, minlength=len(LABELS))
    return {
        "n": len(labels),
        "n_by_label": dict(zip(LABELS, counts.tolist(), strict=True)),
        "accuracy": accuracy(labels, probabilities),
        "balanced_accuracy": balanced_accuracy(labels, probabilities),
        "macro_auc": float(np.mean(list(aucs.values()))) if aucs else None,
        "recall": recalls(labels, probabilities),
        "auc": aucs,
        "majority_baseline": {
            "accuracy": float(counts.max() / counts.sum()),
            "balanced_accuracy": 1 / int((counts > 0).sum()),
        },
    }
