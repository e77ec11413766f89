"""From a network's raw outputs to posteriors under a stated class prior.

A network learns the class prior that it was trained under. Divided by that prior its (calibrated)
outputs are likelihoods up to a factor; multiplied by another they are posteriors under that one:
Bayes' rule, as Saerens et al. 2002 (doi:10.1162/089976602753284446), eq. 2.4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.labels import LABELS

Floats = npt.NDArray[np.float64]

UNIFORM = "uniform"
HAM10000 = "ham10000"
# The photographs of each class among the data set's 10,015, in LABELS' order.
_HAM10000_COUNTS = (327, 514, 1099, 115, 1113, 6705, 142)


class PriorError(ValueError):
    """The text names no class prior; the message says what would."""


def parse_prior(text: str) -> Floats:
    """Shares of shape (7,) that sum to 1, in `LABELS`' order.

    `text`: `uniform`, `ham10000` (the data set's own shares) or all seven as
    `akiec=3,bcc=5,bkl=11,df=1,mel=11,nv=67,vasc=2`, in any unit. Raises `PriorError`.
    """
    if text == UNIFORM:
        return np.full(len(LABELS), 1 / len(LABELS))
    if text == HAM10000:
        return np.array(_HAM10000_COUNTS) / sum(_HAM10000_COUNTS)
    try:
        shares = {name.strip(): float(n) for name, n in (s.split("=") for s in text.split(","))}
    except ValueError:
        shares = {}
    if set(shares) != set(LABELS) or not all(0 < n < float("inf") for n in shares.values()):
        raise PriorError(
            f"{text!r} is no class prior: write {UNIFORM}, {HAM10000} or a positive number for "
            f"each of the seven classes, such as {','.join(f'{label}=1' for label in LABELS)}."
        )
    prior = np.array([shares[label] for label in LABELS])
    prior /= prior.sum()
    return prior


@dataclass(frozen=True)
class Calibration:
    """What turns raw outputs into likelihoods: temperature and bias, and the prior to divide by."""

    training_prior: Floats
    temperature: float = 1.0
    bias: Floats = field(default_factory=lambda: np.zeros(len(LABELS)))

    @classmethod
    def from_card(cls, card: dict[str, Any]) -> Calibration:
        """An artefact without one has the temperature 1, without a training prior a uniform one."""
        prior = card.get("training_prior") or dict.fromkeys(LABELS, 1 / len(LABELS))
        fitted = card.get("calibration") or {"temperature": 1.0, "bias": dict.fromkeys(LABELS, 0.0)}
        return cls(
            np.array([prior[label] for label in LABELS]),
            float(fitted["temperature"]),
            np.array([fitted["bias"][label] for label in LABELS]),
        )


def posterior(
    probabilities: npt.NDArray[np.floating[Any]], how: Calibration, prior: Floats
) -> Floats:
    """Posteriors (n, 7) under `prior` for raw outputs (n, 7); rows sum to 1.

    softmax(log p / temperature + bias − log training prior + log prior): temperature scaling (Guo
    et al. 2017, arXiv:1706.04599), a bias for each class, and Bayes' rule.
    """
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-12)) / how.temperature
    logits += how.bias - np.log(how.training_prior) + np.log(prior)
    return softmax(logits)


def under_another_prior(posteriors: Floats, old: Floats, new: Floats) -> Floats:
    """Posteriors (…, 7) that hold under `old`, under `new`: no network is needed for that."""
    weighted: Floats = posteriors * (new / old)
    weighted /= weighted.sum(axis=-1, keepdims=True)
    return weighted


def softmax(logits: Floats) -> Floats:
    """Along the last axis."""
    powers: Floats = np.exp(logits - logits.max(axis=-1, keepdims=True))
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers
