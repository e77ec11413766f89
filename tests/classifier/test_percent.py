from __future__ import annotations

import pytest
from django.utils import translation

from classifier.templatetags.percent import percent


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "0.0\u00a0%"),
        (1e-9, "0.0\u00a0%"),
        (0.0177, "1.8\u00a0%"),
        (0.8312, "83.1\u00a0%"),
        (0.99951, "100.0\u00a0%"),
        (1.0, "100.0\u00a0%"),
    ],
)
def test_a_share_is_rounded_not_cut(share: float, shown: str) -> None:
    assert percent(share) == shown


def test_decimals_are_the_templates_choice() -> None:
    assert percent(0.716, 0) == "72\u00a0%"


def test_the_decimal_sign_is_the_readers() -> None:
    with translation.override("de"):
        assert percent(0.8312) == "83,1\u00a0%"
