"""Fit a network's temperature and bias on validation data.

Both are fitted as posteriors under the uniform prior on equally frequent classes, so they mean the
same for every other prior: `ml.posterior` moves them there by Bayes' rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.model_selection import GroupKFold

from ml.calibration import class_weights, log_loss
from ml.labels import LABELS
from ml.metrics import Labels, Probabilities
from ml.posterior import Calibration, Floats, parse_prior, posterior

FOLDS = 5


def fit_temperature(labels: Labels, raw: Probabilities, prior: Floats) -> Calibration:
    """Temperature scaling (Guo et al. 2017, arXiv:1706.04599) of raw outputs (n, 7).

    `prior`: the training prior, (7,). The temperature minimises the log loss.
    """
    return _fit(labels, raw, prior, bias=False)


def fit_temperature_and_bias(labels: Labels, raw: Probabilities, prior: Floats) -> Calibration:
    """A bias for each class too (bias-corrected temperature scaling, Alexandari et al. 2020)."""
    return _fit(labels, raw, prior, bias=True)


def _fit(labels: Labels, raw: Probabilities, prior: Floats, *, bias: bool) -> Calibration:
    uniform, weights = parse_prior("uniform"), class_weights(labels)

    def calibration(parameters: Floats) -> Calibration:
        biases = parameters[1:] - parameters[1:].mean() if bias else np.zeros(len(LABELS))
        return Calibration(prior, float(np.exp(parameters[0])), biases)

    def loss(parameters: Floats) -> float:
        return log_loss(labels, posterior(raw, calibration(parameters), uniform), weights)

    begin = np.zeros(1 + len(LABELS) if bias else 1)
    return calibration(minimize(loss, begin, method="L-BFGS-B").x)


def better_fit(
    labels: Labels, raw: Probabilities, prior: Floats, lesions: Sequence[str]
) -> tuple[Calibration, dict[str, float]]:
    """The temperature alone, or with biases where those do better on lesions not fitted on.

    Returns the one fitted on all, and the cross-validated log loss of each.
    """
    uniform = parse_prior("uniform")
    fits = {"temperature": fit_temperature, "temperature and bias": fit_temperature_and_bias}
    losses = dict.fromkeys(fits, 0.0)
    for fitted, held_out in _folds(labels, lesions):
        weights = class_weights(labels)[held_out]
        for name, fit in fits.items():
            found = posterior(raw[held_out], fit(labels[fitted], raw[fitted], prior), uniform)
            losses[name] += weights.sum() * log_loss(labels[held_out], found, weights)
    return fits[min(losses, key=losses.__getitem__)](labels, raw, prior), losses


def _folds(
    labels: Labels, lesions: Sequence[str]
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    yield from GroupKFold(FOLDS).split(labels, groups=lesions)
