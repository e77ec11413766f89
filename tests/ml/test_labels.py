from __future__ import annotations

import pytest

from ml.labels import LABELS, LONG_NAMES, MALIGNANT, malignancy


def test_the_order_of_the_labels_is_pinned() -> None:
    assert LABELS == ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")


def test_every_label_has_its_own_long_name() -> None:
    assert tuple(LONG_NAMES) == LABELS
    assert len(set(LONG_NAMES.values())) == len(LABELS)
    assert LONG_NAMES["mel"] == "Melanoma"
    assert LONG_NAMES["nv"] == "Melanocytic nevus"


def test_three_classes_are_malignant() -> None:
    assert {"akiec", "bcc", "mel"} == MALIGNANT


def test_malignancy_is_the_sum_over_the_malignant_classes() -> None:
    probabilities = dict(zip(LABELS, (0.01, 0.02, 0.1, 0.1, 0.04, 0.7, 0.03), strict=True))
    assert malignancy(probabilities) == pytest.approx(0.07)


def test_malignancy_does_not_depend_on_the_order_of_the_probabilities() -> None:
    assert malignancy(dict.fromkeys(reversed(LABELS), 0.0) | {"nv": 1.0}) == 0
    assert malignancy(dict.fromkeys(LABELS, 0.0) | {"mel": 1.0}) == 1
