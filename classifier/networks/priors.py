"""The class prior that percentages assume: its one canonical text, and its words."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from django.utils.formats import localize
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from classifier.class_guide import NAMES
from ml.labels import LABELS, by_label
from ml.posterior import HAM10000, UNIFORM, parse_prior

MAX_LENGTH = 150
"""Of a canonical text."""

_IN_WORDS = {
    UNIFORM: _("assuming all seven classes equally frequent"),
    HAM10000: _("assuming the frequencies of HAM10000"),
}


@lru_cache
def canonical(text: str) -> str:
    """The text under which a prior is stored, whatever unit and order it was written in.

    Raises `PriorError`.
    """
    shares = parse_prior(text)
    for name in _IN_WORDS:
        if np.allclose(shares, parse_prior(name)):
            return name
    return ",".join(f"{label}={share:.6g}" for label, share in zip(LABELS, shares, strict=True))


def in_words(text: str) -> str:
    """What a percentage under that prior assumes, as the end of a sentence."""
    if words := _IN_WORDS.get(text):
        return str(words)
    shares = by_label(parse_prior(text))
    listed = ", ".join(
        f"{NAMES[label]} {localize(round(share * 100, 1))} %" for label, share in shares.items()
    )
    return gettext("assuming the frequencies set by this installation: %s") % listed
