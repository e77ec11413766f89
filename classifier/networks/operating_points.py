"""Is a result above a threshold whose sensitivity and specificity were measured?

The thresholds stand in a network's card, chosen on validation photographs for a sensitivity that
was aimed at. A score is the sum of its classes' posteriors under the uniform prior, whatever prior
the stored percentages assume: so the answer does not change with the installation's prior.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from django.utils.translation import gettext_lazy as _

from classifier.class_guide import Text
from ml.labels import LABELS, by_label
from ml.posterior import UNIFORM, parse_prior, under_another_prior

MAIN_AIM: Final = 0.95
"""The sensitivity of the threshold that the page shows first."""
HELD_OUT: Final = "held-out"
VALIDATION: Final = "validation"


class _Words(NamedTuple):
    name: Text
    above: Text
    below: Text
    reached: Text
    """How often the network is right and wrong at the threshold, for who lies above it."""
    missed: Text
    """The same for who lies below it."""


_WORDS = {
    "mel": _Words(
        _("melanoma"),
        _("Above the melanoma threshold"),
        _("Below the melanoma threshold"),
        _(
            "at this threshold the network found %(found)s of 100 melanomas and raised a false "
            "alarm on %(alarms)s of 100 other lesions (%(measured_on)s photographs)"
        ),
        _(
            "at this threshold the network found %(found)s of 100 melanomas, missed %(missed)s and "
            "raised a false alarm on %(alarms)s of 100 other lesions (%(measured_on)s photographs)"
        ),
    ),
    "malignant": _Words(
        _("malignant-or-pre-malignant"),
        _("Above the malignant-or-pre-malignant threshold"),
        _("Below the malignant-or-pre-malignant threshold"),
        _(
            "at this threshold the network found %(found)s of 100 malignant or pre-malignant "
            "lesions and raised a false alarm on %(alarms)s of 100 benign lesions "
            "(%(measured_on)s photographs)"
        ),
        _(
            "at this threshold the network found %(found)s of 100 malignant or pre-malignant "
            "lesions, missed %(missed)s and raised a false alarm on %(alarms)s of 100 benign "
            "lesions (%(measured_on)s photographs)"
        ),
    ),
}
_MEASURED_ON = {HELD_OUT: _("held-out"), VALIDATION: _("validation")}


@dataclass(frozen=True)
class OperatingPoint:
    """One threshold; all numbers are shares."""

    target: str
    labels: list[str]
    aim: float
    """The sensitivity that the threshold was chosen for."""
    threshold: float
    sensitivity: float
    specificity: float
    measured_on: str
    """`held-out` or `validation` photographs."""

    @property
    def name(self) -> str:
        return str(_WORDS[self.target].name)

    @property
    def measured_on_words(self) -> str:
        return str(_MEASURED_ON[self.measured_on])


@dataclass(frozen=True)
class Hint:
    """A threshold, and on which side of it a result lies."""

    point: OperatingPoint
    score: float

    @property
    def reached(self) -> bool:
        return self.score >= self.point.threshold

    @property
    def side(self) -> str:
        words = _WORDS[self.point.target]
        return str(words.above if self.reached else words.below)

    @property
    def meaning(self) -> str:
        """How often the network is right and wrong there."""
        words = _WORDS[self.point.target]
        found = _of_100(self.point.sensitivity)
        return str(words.reached if self.reached else words.missed) % {
            "found": found,
            "missed": 100 - found,
            "alarms": _of_100(1 - self.point.specificity),
            "measured_on": self.point.measured_on_words,
        }

    @property
    def sentence(self) -> str:
        return f"{self.side}: {self.meaning}."


def operating_points(card: dict[str, Any]) -> list[OperatingPoint]:
    """The card's thresholds in its order; none where it has none."""
    held_out = _measured(card.get("metrics", {}))
    return [_operating_point(point, held_out) for point in _measured(card)]


def hints(
    probabilities: dict[str, float] | None, prior: str, card: dict[str, Any] | None
) -> list[Hint]:
    """One for each threshold of the card, in its order; none where it has none.

    `probabilities`: the seven posteriors that hold under `prior`; None before there is a result.
    """
    points = operating_points(card or {})
    if not probabilities or not points:
        return []
    uniform = _under_the_uniform_prior(probabilities, prior)
    return [Hint(point, sum(uniform[label] for label in point.labels)) for point in points]


def _measured(holder: dict[str, Any]) -> list[dict[str, Any]]:
    points: Iterable[dict[str, Any]] = holder.get("operating_points") or ()
    return [point for point in points if point["target"] in _WORDS and point.get("measured")]


def _operating_point(point: dict[str, Any], held_out: list[dict[str, Any]]) -> OperatingPoint:
    same = [other["measured"] for other in held_out if _is_same(point, other)]
    measured = same[0] if same else point["measured"]
    return OperatingPoint(
        target=point["target"],
        labels=point["labels"],
        aim=point["sensitivity"],
        threshold=point["threshold"],
        sensitivity=measured["sensitivity"],
        specificity=measured["specificity"],
        measured_on=HELD_OUT if same else VALIDATION,
    )


def _is_same(point: dict[str, Any], other: dict[str, Any]) -> bool:
    """Figures of another threshold, left from before it was chosen anew, are not this one's."""
    return point["target"] == other["target"] and all(
        math.isclose(point[key], other[key], abs_tol=1e-4) for key in ("sensitivity", "threshold")
    )


def _under_the_uniform_prior(probabilities: dict[str, float], prior: str) -> dict[str, float]:
    stored = np.array([probabilities[label] for label in LABELS])
    return by_label(under_another_prior(stored, parse_prior(prior), parse_prior(UNIFORM)))


def _of_100(share: float) -> int:
    """Rounded, but only what is all or nothing is called so."""
    return round(share * 100) if share in (0.0, 1.0) else min(99, max(1, round(share * 100)))
