"""Is a result above a threshold whose sensitivity and specificity were measured?

The thresholds stand in a network's card, chosen on validation photographs for a sensitivity that
was aimed at. A score is the sum of its classes' posteriors under the uniform prior, whatever prior
the stored percentages assume: so the answer does not change with the installation's prior.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ml.labels import LABELS, by_label
from ml.posterior import UNIFORM, parse_prior, under_another_prior

MAIN_AIM: Final = 0.95
"""The sensitivity of the threshold that the page shows first."""
HELD_OUT: Final = "held-out"
VALIDATION: Final = "validation"

# target: (the threshold's name, what it should find, what else there is)
_WORDS = {
    "mel": ("melanoma", "melanomas", "other lesions"),
    "malignant": (
        "malignant-or-pre-malignant",
        "malignant or pre-malignant lesions",
        "benign lesions",
    ),
}


@dataclass(frozen=True)
class Hint:
    """One threshold, and on which side of it a result lies; all numbers are shares."""

    target: str
    aim: float
    """The sensitivity that the threshold was chosen for."""
    threshold: float
    score: float
    reached: bool
    sensitivity: float
    specificity: float
    measured_on: str
    """`held-out` or `validation` photographs."""

    @property
    def sentence(self) -> str:
        name, wanted, others = _WORDS[self.target]
        side = "Above" if self.reached else "Below"
        found, alarms = _of_100(self.sensitivity), _of_100(1 - self.specificity)
        missed = "" if self.reached else f", missed {100 - found}"
        return (
            f"{side} the {name} threshold: at this threshold the network found {found} of 100 "
            f"{wanted}{missed} and raised a false alarm on {alarms} of 100 {others} "
            f"({self.measured_on} photographs)."
        )


def hints(
    probabilities: dict[str, float] | None, prior: str, card: dict[str, Any] | None
) -> list[Hint]:
    """One for each threshold of the card, in its order; none where it has none.

    `probabilities`: the seven posteriors that hold under `prior`; None before there is a result.
    """
    points = [point for point in (card or {}).get("operating_points", ()) if _is_known(point)]
    if not probabilities or not points:
        return []
    uniform = _under_the_uniform_prior(probabilities, prior)
    held_out = [point for point in _held_out(card or {}) if _is_known(point)]
    return [_hint(point, uniform, held_out) for point in points]


def _held_out(card: dict[str, Any]) -> Iterable[dict[str, Any]]:
    points: Iterable[dict[str, Any]] = card.get("metrics", {}).get("operating_points", ())
    return points


def _is_known(point: dict[str, Any]) -> bool:
    return point["target"] in _WORDS and bool(point.get("measured"))


def _under_the_uniform_prior(probabilities: dict[str, float], prior: str) -> dict[str, float]:
    stored = np.array([probabilities[label] for label in LABELS])
    return by_label(under_another_prior(stored, parse_prior(prior), parse_prior(UNIFORM)))


def _hint(
    point: dict[str, Any], uniform: dict[str, float], held_out: Iterable[dict[str, Any]]
) -> Hint:
    score = sum(uniform[label] for label in point["labels"])
    same = [other["measured"] for other in held_out if _is_same(point, other)]
    measured = same[0] if same else point["measured"]
    return Hint(
        target=point["target"],
        aim=point["sensitivity"],
        threshold=point["threshold"],
        score=score,
        reached=score >= point["threshold"],
        sensitivity=measured["sensitivity"],
        specificity=measured["specificity"],
        measured_on=HELD_OUT if same else VALIDATION,
    )


def _is_same(point: dict[str, Any], other: dict[str, Any]) -> bool:
    """Figures of another threshold, left from before it was chosen anew, are not this one's."""
    return point["target"] == other["target"] and all(
        math.isclose(point[key], other[key], abs_tol=1e-4) for key in ("sensitivity", "threshold")
    )


def _of_100(share: float) -> int:
    """Rounded, but only what is all or nothing is called so."""
    return round(share * 100) if share in (0.0, 1.0) else min(99, max(1, round(share * 100)))
