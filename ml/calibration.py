"""Do the percentages mean what they say? `labels` is int (n,), `probabilities` float (n, 7)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ml.metrics import Labels, Probabilities
from ml.posterior import Floats

BINS = 15


class Bin(NamedTuple):
    """Predictions whose confidence lies in one interval."""

    n: int
    share: float
    """Of the predictions' weight: n / all where they weigh the same."""
    confidence: float
    accuracy: float


def class_weights(labels: Labels) -> Floats:
    """Weights (n,) that sum to 1 and make all classes that occur equally frequent."""
    counts = np.bincount(labels)
    weights: Floats = 1 / counts[labels]
    weights /= weights.sum()
    return weights


def log_loss(labels: Labels, probabilities: Probabilities, weights: Floats | None = None) -> float:
    """Mean negative log-likelihood (categorical cross-entropy), natural logarithm."""
    likelihood = probabilities[np.arange(len(labels)), labels]
    return float(np.average(-np.log(np.maximum(likelihood, 1e-7)), weights=weights))


def reliability(
    labels: Labels, probabilities: Probabilities, bins: int = BINS, weights: Floats | None = None
) -> list[Bin]:
    """The bins that are not empty, by the confidence of the predicted class, equally wide.

    A confidence on an edge belongs to the bin above, 1 to the last. `weights` (n,) sum to 1.
    """
    weight = np.full(len(labels), 1 / len(labels)) if weights is None else weights
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        Bin(
            int(here.sum()),
            float(weight[here].sum()),
            float(np.average(confidence[here], weights=weight[here])),
            float(np.average(right[here], weights=weight[here])),
        )
        for here in (index == number for number in range(bins))
        if here.any()
    ]


def expected_calibration_error(
    labels: Labels, probabilities: Probabilities, bins: int = BINS, weights: Floats | None = None
) -> float:
    """Mean gap between confidence and accuracy, weighted by the bins' shares.

    Top-label ECE with equally wide bins (Guo et al. 2017, arXiv:1706.04599). It is more than 0 by
    chance alone: see `calibration_error_by_chance`.
    """
    return sum(
        found.share * abs(found.accuracy - found.confidence)
        for found in reliability(labels, probabilities, bins, weights)
    )


def calibration_error_by_chance(
    probabilities: Probabilities,
    bins: int = BINS,
    weights: Floats | None = None,
    rounds: int = 500,
) -> float:
    """The mean ECE of a network that is right exactly as often as it says, on as many photographs.

    By simulation: each prediction is right with the probability that it states itself.
    """
    weight = np.full(len(probabilities), 1 / len(probabilities)) if weights is None else weights
    confidence = probabilities.max(axis=1)
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    rng = np.random.default_rng(0)
    errors = [
        np.abs(np.bincount(index, weight * ((rng.random(len(index)) < confidence) - confidence)))
        for _ in range(rounds)
    ]
    return float(np.mean([error.sum() for error in errors]))
