"""Thresholds for a stated sensitivity, and what they cost in false alarms.

The score of a target is the sum of its classes' posteriors under the uniform prior; "score ≥
threshold" raises the alarm.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ml.labels import LABELS, MALIGNANT
from ml.metrics import Labels, Probabilities
from ml.posterior import Floats

TARGETS = {"mel": ("mel",), "malignant": tuple(label for label in LABELS if label in MALIGNANT)}
SENSITIVITIES = (0.95, 0.90)


def choose(labels: Labels, posteriors: Probabilities) -> list[dict[str, Any]]:
    """For each target and sensitivity the highest threshold that reaches it on these data."""
    points = []
    for target, of in TARGETS.items():
        positive, scores = _positive(labels, of), score(posteriors, of)
        for aim in SENSITIVITIES:
            threshold = _highest_threshold(scores[positive], aim)
            points.append(
                {
                    "target": target,
                    "labels": list(of),
                    "sensitivity": aim,
                    "threshold": threshold,
                    "measured": _rates(positive, scores >= threshold),
                    "positives": int(positive.sum()),
                    "negatives": int((~positive).sum()),
                }
            )
    return points


def measure(
    points: list[dict[str, Any]], labels: Labels, posteriors: Probabilities
) -> list[dict[str, Any]]:
    """The same thresholds on other data: each point with "measured" and counts of these."""
    measured = []
    for point in points:
        positive = _positive(labels, point["labels"])
        alarm = score(posteriors, point["labels"]) >= point["threshold"]
        counts = {"positives": int(positive.sum()), "negatives": int((~positive).sum())}
        measured.append({**point, "measured": _rates(positive, alarm), **counts})
    return measured


def score(posteriors: Probabilities, of: list[str] | tuple[str, ...]) -> Floats:
    """The sum of the posteriors (n, 7) of the labels `of`, (n,)."""
    total: Floats = posteriors[:, [LABELS.index(label) for label in of]].sum(axis=1)
    return total


def _positive(labels: Labels, of: list[str] | tuple[str, ...]) -> npt.NDArray[np.bool_]:
    return np.isin(labels, [LABELS.index(label) for label in of])


def _highest_threshold(scores: Floats, sensitivity: float) -> float:
    """The largest score that at least this share of `scores` reaches."""
    needed = int(np.ceil(sensitivity * len(scores) - 1e-9))
    return float(np.sort(scores)[::-1][needed - 1])


def _rates(positive: npt.NDArray[np.bool_], alarm: npt.NDArray[np.bool_]) -> dict[str, float]:
    """What is defined of sensitivity and specificity."""
    rates = {}
    if positive.any():
        rates["sensitivity"] = float(alarm[positive].mean())
    if not positive.all():
        rates["specificity"] = float((~alarm[~positive]).mean())
    return rates
