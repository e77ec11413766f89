from __future__ import annotations

import numpy as np
import pytest

from classifier.networks import priors
from ml.posterior import HAM10000, UNIFORM, PriorError, parse_prior

MOSTLY_NEVI = "nv=94,akiec=1,bcc=1,bkl=1,df=1,mel=1,vasc=1"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (UNIFORM, UNIFORM),
        (HAM10000, HAM10000),
        ("vasc=2,akiec=2,bcc=2,bkl=2,df=2,mel=2,nv=2", UNIFORM),
        ("akiec=327,bcc=514,bkl=1099,df=115,mel=1113,nv=6705,vasc=142", HAM10000),
        (MOSTLY_NEVI, "akiec=0.01,bcc=0.01,bkl=0.01,df=0.01,mel=0.01,nv=0.94,vasc=0.01"),
    ],
)
def test_a_prior_has_one_text_however_it_was_written(text: str, stored: str) -> None:
    assert priors.canonical(text) == stored
    assert priors.canonical(stored) == stored


def test_the_stored_text_says_the_same_and_fits_its_column() -> None:
    text = "akiec=1e-7,bcc=0.3333333,bkl=0.123456789,df=1.23456789e-5,mel=7,nv=3.14159,vasc=1e-9"
    stored = priors.canonical(text)
    np.testing.assert_allclose(parse_prior(stored), parse_prior(text), rtol=1e-5)
    assert len(stored) <= priors.MAX_LENGTH


def test_what_names_no_prior_is_refused() -> None:
    with pytest.raises(PriorError, match="nonsense"):
        priors.canonical("nonsense")


def test_each_prior_has_its_words() -> None:
    assert priors.in_words(UNIFORM) == "assuming all seven classes equally frequent"
    assert priors.in_words(HAM10000) == "assuming the frequencies of HAM10000"
    words = priors.in_words(priors.canonical(MOSTLY_NEVI))
    assert words.startswith("assuming the frequencies set by this installation: Actinic keratosis")
    assert "Melanoma 1.0 %, Melanocytic nevus 94.0 %, Vascular lesion 1.0 %" in words
