from __future__ import annotations

import numpy as np
import pytest

from ml.labels import LABELS
from ml.posterior import Calibration, PriorError, parse_prior, posterior, under_another_prior

UNIFORM = parse_prior("uniform")
SKEWED = parse_prior("akiec=1,bcc=1,bkl=1,df=1,mel=1,nv=4,vasc=1")


def test_a_uniform_prior_gives_each_class_one_seventh() -> None:
    assert UNIFORM.tolist() == pytest.approx([1 / 7] * 7)


def test_the_data_sets_prior_is_its_shares() -> None:
    assert parse_prior("ham10000")[LABELS.index("nv")] == pytest.approx(6705 / 10015)


def test_a_priors_numbers_may_be_in_any_unit_and_order() -> None:
    prior = parse_prior("vasc=1, nv=4, mel=1, df=1, bkl=1, bcc=1, akiec=1")
    assert prior.tolist() == pytest.approx([0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 0.1])


@pytest.mark.parametrize(
    "text",
    ["", "flat", "mel=1", "akiec=1,bcc=1,bkl=1,df=1,mel=1,nv=x,vasc=1", "mel=1=2"]
    + [f"akiec=1,bcc=1,bkl=1,df=1,mel=1,nv={n},vasc=1" for n in ("0", "-1", "nan", "inf")],
)
def test_another_text_is_refused_with_what_would_do(text: str) -> None:
    with pytest.raises(PriorError, match="write uniform, ham10000 or a positive number for each"):
        parse_prior(text)


def test_bayes_rule_by_hand() -> None:
    """Trained with four nevi to one of each other class: an output of 0.4 and 0.6 is 1 : 6."""
    raw = np.zeros((1, 7))
    raw[0, LABELS.index("nv")] = 0.4
    raw[0, LABELS.index("mel")] = 0.6
    shown = posterior(raw, Calibration(SKEWED), UNIFORM)
    assert shown[0, LABELS.index("nv")] == pytest.approx(1 / 7)
    assert shown[0, LABELS.index("mel")] == pytest.approx(6 / 7)


def test_under_the_training_prior_outputs_stay_as_they_are() -> None:
    raw = np.random.default_rng(0).dirichlet(np.ones(7), 5)
    assert posterior(raw, Calibration(SKEWED), SKEWED) == pytest.approx(raw)


def test_a_temperature_of_2_takes_the_square_root_of_the_odds() -> None:
    raw = np.array([[0.9, 0.1, 0, 0, 0, 0, 0]])
    shown = posterior(raw, Calibration(UNIFORM, temperature=2.0), UNIFORM)
    assert shown[0, 0] / shown[0, 1] == pytest.approx(3.0)


def test_a_bias_multiplies_the_odds() -> None:
    raw = np.full((1, 7), 1 / 7)
    bias = np.array([np.log(2), 0, 0, 0, 0, 0, 0])
    shown = posterior(raw, Calibration(UNIFORM, bias=bias), UNIFORM)
    assert shown[0].tolist() == pytest.approx([2 / 8] + [1 / 8] * 6)


def test_posteriors_move_to_another_prior_as_if_computed_under_it() -> None:
    raw = np.random.default_rng(0).dirichlet(np.ones(7), 5)
    calibration = Calibration(SKEWED, temperature=1.5)
    moved = under_another_prior(posterior(raw, calibration, UNIFORM), UNIFORM, SKEWED)
    assert moved == pytest.approx(posterior(raw, calibration, SKEWED))


def test_a_card_without_calibration_changes_nothing() -> None:
    raw = np.random.default_rng(0).dirichlet(np.ones(7), 5)
    assert posterior(raw, Calibration.from_card({}), UNIFORM) == pytest.approx(raw)
