"""Metrics of decisions and of ranking, as pure functions over arrays.

`labels` is int (n,), `probabilities` float (n, 7) in `LABELS`' order; a decision is the argmax.
Every one agrees with scikit-learn's of the same name where both are defined.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ml.labels import LABELS

Labels = npt.NDArray[np.int64]
Probabilities = npt.NDArray[np.floating[Any]]


def confusion(labels: Labels, probabilities: Probabilities) -> npt.NDArray[np.int64]:
    """Counts of shape (7, 7): row the true class, column the predicted one."""
    counts = np.zeros((len(LABELS), len(LABELS)), np.int64)
    np.add.at(counts, (labels, probabilities.argmax(axis=1)), 1)
    return counts


def accuracy(labels: Labels, probabilities: Probabilities) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


def recalls(labels: Labels, probabilities: Probabilities) -> dict[str, float]:
    """Recall (sensitivity) of each class that occurs."""
    counts = confusion(labels, probabilities)
    return _shares(np.diag(counts), counts.sum(axis=1))


def precisions(labels: Labels, probabilities: Probabilities) -> dict[str, float]:
    """Precision (positive predictive value) of each class that is predicted at all."""
    counts = confusion(labels, probabilities)
    return _shares(np.diag(counts), counts.sum(axis=0))


def specificities(labels: Labels, probabilities: Probabilities) -> dict[str, float]:
    """Specificity of each class, one against the rest, where others occur."""
    counts = confusion(labels, probabilities)
    others = counts.sum() - counts.sum(axis=1)
    false_alarms = counts.sum(axis=0) - np.diag(counts)
    return _shares(others - false_alarms, others)


def balanced_accuracy(labels: Labels, probabilities: Probabilities) -> float:
    """Mean recall over the classes that occur."""
    return float(np.mean(list(recalls(labels, probabilities).values())))


def macro_f1(labels: Labels, probabilities: Probabilities) -> float:
    """Mean of 2·TP / (2·TP + FP + FN) over the classes that occur or are predicted."""
    counts = confusion(labels, probabilities)
    scores = _shares(2 * np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1))
    return float(np.mean(list(scores.values())))


def weighted_precision(labels: Labels, probabilities: Probabilities) -> float:
    """Mean precision weighted by how often each class occurs; one never predicted counts as 0."""
    precision = precisions(labels, probabilities)
    support = np.bincount(labels, minlength=len(LABELS)) / len(labels)
    return float(
        sum(precision.get(label, 0.0) * n for label, n in zip(LABELS, support, strict=True))
    )


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
    """AUC of each class against all others, where it is defined."""
    aucs = {
        label: auc(labels == index, probabilities[:, index]) for index, label in enumerate(LABELS)
    }
    return {label: value for label, value in aucs.items() if not np.isnan(value)}


def roc(
    positive: npt.NDArray[np.bool_], score: Probabilities
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(1 − specificity, sensitivity) at every threshold "score ≥ t", from (0, 0) to (1, 1).

    Both classes have to occur.
    """
    order = np.argsort(-score, kind="stable")
    last_of_ties = np.append(np.diff(score[order]) != 0, True)
    hits = np.cumsum(positive[order])[last_of_ties]
    alarms = np.cumsum(~positive[order])[last_of_ties]
    return np.append(0, alarms / alarms[-1]), np.append(0, hits / hits[-1])


def sensitivity_at(
    specificity: float, positive: npt.NDArray[np.bool_], score: Probabilities
) -> float:
    """The highest sensitivity of any threshold with at least this specificity.

    The threshold is chosen on the very data: a point of the ROC curve, not a promise for others.
    NaN unless both classes occur.
    """
    if positive.all() or not positive.any():
        return float("nan")
    false_alarms, sensitivity = roc(positive, score)
    return float(sensitivity[false_alarms <= 1 - specificity + 1e-12].max())


def _shares(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64]) -> dict[str, float]:
    """Part of the whole by class, where there is a whole."""
    return {
        label: float(part[index] / whole[index])
        for index, label in enumerate(LABELS)
        if whole[index]
    }
