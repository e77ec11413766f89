"""Fit a network's temperature and bias on validation data.

Both mean the same for every prior: `ml.posterior` moves posteriors there by Bayes' rule. Which ones
are best is judged under two priors at once, the uniform one, which is served, and HAM10000's own:
under the former alone the few photographs of rare classes decide nearly everything.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from sklearn.model_selection import GroupKFold

from ml.labels import LABELS
from ml.metrics import Labels, Probabilities
from ml.posterior import HAM10000, UNIFORM, Calibration, Floats, parse_prior, posterior

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
    def calibration(parameters: Floats) -> Calibration:
        biases = parameters[1:] - parameters[1:].mean() if bias else np.zeros(len(LABELS))
        return Calibration(prior, float(np.exp(parameters[0])), biases)

    def loss(parameters: Floats) -> float:
        return float(_losses(labels, raw, calibration(parameters)).sum())

    begin = np.zeros(1 + len(LABELS) if bias else 1)
    return calibration(minimize(loss, begin, method="L-BFGS-B").x)


def better_fit(
    labels: Labels, raw: Probabilities, prior: Floats, lesions: Sequence[str]
) -> tuple[Calibration, dict[str, float]]:
    """The temperature alone, or with biases where those do better on lesions not fitted on.

    Returns the one fitted on all, and the cross-validated log loss of each, the mean under the two
    priors.
    """
    fits = {"temperature": fit_temperature, "temperature and bias": fit_temperature_and_bias}
    losses = dict.fromkeys(fits, 0.0)
    for fitted, held_out in GroupKFold(FOLDS).split(labels, groups=lesions):
        for name, fit in fits.items():
            found = fit(labels[fitted], raw[fitted], prior)
            losses[name] += float(_losses(labels, raw, found)[held_out].sum())
    return fits[min(losses, key=losses.__getitem__)](labels, raw, prior), losses


def _losses(labels: Labels, raw: Probabilities, how: Calibration) -> Floats:
    """What each photograph, (n,), adds to the log loss, the mean under the two priors."""
    counts, rows = np.bincount(labels, minlength=len(LABELS)), np.arange(len(labels))
    losses: Floats = np.zeros(len(labels))
    for prior in (parse_prior(UNIFORM), parse_prior(HAM10000)):
        likelihood = posterior(raw, how, prior)[rows, labels]
        losses -= (prior / np.maximum(counts, 1))[labels] * np.log(np.maximum(likelihood, 1e-7))
    return losses / 2
