"""Do the percentages mean what they say? `labels` is int (n,), `probabilities` float (n, 7)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ml.metrics import Labels, Probabilities

BINS = 15


class Bin(NamedTuple):
    """Predictions whose confidence lies in one interval."""

    n: int
    confidence: float
    accuracy: float


def log_loss(labels: Labels, probabilities: Probabilities) -> float:
    """Mean negative log-likelihood (categorical cross-entropy), natural logarithm."""
    likelihood = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(likelihood, 1e-7)).mean())


def reliability(labels: Labels, probabilities: Probabilities, bins: int = BINS) -> list[Bin]:
    """The bins that are not empty, by the confidence of the predicted class, equally wide.

    A confidence on an edge belongs to the bin above, 1 to the last.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        Bin(int(here.sum()), float(confidence[here].mean()), float(right[here].mean()))
        for here in (index == number for number in range(bins))
        if here.any()
    ]


def expected_calibration_error(
    labels: Labels, probabilities: Probabilities, bins: int = BINS
) -> float:
    """Mean gap between confidence and accuracy, weighted by the bins' sizes.

    Top-label ECE with equally wide bins (Guo et al. 2017, arXiv:1706.04599).
    """
    return sum(
        found.n / len(labels) * abs(found.accuracy - found.confidence)
        for found in reliability(labels, probabilities, bins)
    )
