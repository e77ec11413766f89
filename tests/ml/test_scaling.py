from __future__ import annotations

import numpy as np
import pytest

from ml.metrics import Labels
from ml.posterior import Calibration, Floats, parse_prior, posterior, softmax
from ml.scaling import better_fit, fit_temperature, fit_temperature_and_bias

UNIFORM = parse_prior("uniform")
TRAINING = parse_prior("akiec=1,bcc=1,bkl=1,df=1,mel=2,nv=6,vasc=1")
BIAS = np.array([0.8, -0.8, 0.0, 0.5, -0.5, 0.0, 0.0])


def outputs(temperature: float, bias: Floats, n: int = 6_000) -> tuple[Labels, Floats]:
    """Labels, and the raw outputs of a network that `Calibration(TRAINING, …)` mends exactly."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (n, 7))
    true = softmax(logits)
    labels = np.array([rng.choice(7, p=row) for row in true])
    return labels, softmax(temperature * (logits - bias + np.log(TRAINING)))


def test_an_overconfident_network_is_cooled_down() -> None:
    labels, raw = outputs(2.5, np.zeros(7))
    fitted = fit_temperature(labels, raw, TRAINING)
    assert fitted.temperature == pytest.approx(2.5, rel=0.05)
    assert fitted.bias.tolist() == [0.0] * 7
    assert fitted.training_prior is TRAINING


def test_a_bias_is_found() -> None:
    labels, raw = outputs(0.7, BIAS)
    fitted = fit_temperature_and_bias(labels, raw, TRAINING)
    assert fitted.temperature == pytest.approx(0.7, rel=0.05)
    assert fitted.bias.tolist() == pytest.approx(BIAS.tolist(), abs=0.15)


def test_what_is_fitted_does_not_depend_on_how_often_each_class_occurs() -> None:
    labels, raw = outputs(2.5, np.zeros(7))
    often = np.concatenate([np.arange(len(labels)), *[np.flatnonzero(labels == 5)] * 4])
    once = fit_temperature(labels, raw, TRAINING).temperature
    assert fit_temperature(labels[often], raw[often], TRAINING).temperature == pytest.approx(once)


@pytest.mark.parametrize("bias", [np.zeros(7), BIAS], ids=["none", "some"])
def test_biases_are_fitted_only_where_they_help_on_other_lesions(bias: Floats) -> None:
    labels, raw = outputs(1.5, bias, n=1_000)
    lesions = [str(number // 2) for number in range(len(labels))]
    fitted, losses = better_fit(labels, raw, TRAINING, lesions)
    helps = losses["temperature and bias"] < losses["temperature"]
    assert helps == bool(bias.any()) == bool(fitted.bias.any())
    naive = -np.log(posterior(raw, Calibration(TRAINING), UNIFORM)[np.arange(1_000), labels]).mean()
    assert min(losses.values()) < naive
