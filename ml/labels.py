"""The seven HAM10000 classes in their one pinned order: the order of every network's outputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

LONG_NAMES: Final[dict[str, str]] = {
    "akiec": "Actinic keratosis or intraepithelial carcinoma",
    "bcc": "Basal cell carcinoma",
    "bkl": "Benign keratosis-like lesion",
    "df": "Dermatofibroma",
    "mel": "Melanoma",
    "nv": "Melanocytic nevus",
    "vasc": "Vascular lesion",
}
LABELS: Final[tuple[str, ...]] = tuple(LONG_NAMES)
MALIGNANT: Final[frozenset[str]] = frozenset({"akiec", "bcc", "mel"})
"""Malignant or pre-malignant classes."""


def by_label(row: Iterable[float]) -> dict[str, float]:
    """One row of a network's outputs, by label."""
    return dict(zip(LABELS, map(float, row), strict=True))


def malignancy(probabilities: dict[str, float]) -> float:
    """The probability that the lesion is malignant or pre-malignant: the sum over `MALIGNANT`."""
    return sum(probabilities[label] for label in LABELS if label in MALIGNANT)
