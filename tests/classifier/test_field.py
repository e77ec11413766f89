"""Results held against confirmed diagnoses, by network version."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pytest
from django.utils import timezone

from classifier.models import Diagnosis, LesionImage, ModelVersion, Prediction, ShadowResult, Status
from classifier.staff import field
from ml.labels import LABELS
from tests.classifier.conftest import queries
from tests.factories import ModelVersionFactory, prediction_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


@pytest.fixture
def version() -> ModelVersion:
    return ModelVersionFactory(active=True)


def said(label: str, truth: str, **fields: Any) -> Prediction:
    prediction = prediction_in(Status.SUCCEEDED, label=label, **fields)
    confirm(prediction.image, truth)
    return prediction


def confirm(image: LesionImage, label: str) -> None:
    Diagnosis.objects.update_or_create(
        image=image, defaults={"label": label, "method": "histo", "diagnosed_by": image.owner}
    )


def test_by_hand(version: ModelVersion) -> None:
    """Two of three melanomas and the one nevus are right; each was stated with 90 %."""
    for label, truth in (("mel", "mel"), ("mel", "mel"), ("nv", "mel"), ("nv", "nv")):
        said(label, truth)
    prediction_in(Status.SUCCEEDED)  # without a diagnosis: counts in nothing
    (agreement,) = field.agreements()
    assert (agreement.version, agreement.n, agreement.refused) == (version, 4, 0)
    assert agreement.accuracy == pytest.approx(3 / 4)
    assert agreement.balanced_accuracy == pytest.approx((2 / 3 + 1) / 2)
    assert agreement.recalls == {"mel": pytest.approx(2 / 3), "nv": 1}
    assert agreement.calibration_error == pytest.approx(0.9 - 3 / 4)
    assert agreement.bins[0].n == 4
    mel, nv = LABELS.index("mel"), LABELS.index("nv")
    assert agreement.confusion[mel][mel] == 2
    assert agreement.confusion[mel][nv] == agreement.confusion[nv][nv] == 1
    assert sum(map(sum, agreement.confusion)) == 4


def test_of_a_photograph_the_last_word_counts_once(version: ModelVersion) -> None:
    first = said("nv", "mel")
    again = prediction_in(Status.SUCCEEDED, image=first.image, label="mel")
    later = timezone.now() + datetime.timedelta(minutes=1)
    Prediction.objects.filter(pk=again.pk).update(created_at=later)
    (agreement,) = field.agreements()
    assert (agreement.n, agreement.accuracy) == (1, 1.0)


def test_what_was_refused_is_counted_apart(version: ModelVersion) -> None:
    said("nv", "nv", in_distribution=0.1)
    said("nv", "mel", in_distribution=-0.1)
    (agreement,) = field.agreements()
    assert (agreement.n, agreement.refused, agreement.accuracy) == (1, 1, 1.0)


def test_only_refusals_give_no_figures(version: ModelVersion) -> None:
    said("nv", "mel", in_distribution=-0.1)
    (agreement,) = field.agreements()
    assert (agreement.n, agreement.bins) == (0, [])
    assert math.isnan(agreement.balanced_accuracy)


def test_versions_are_kept_apart_the_active_one_first(version: ModelVersion) -> None:
    newer = ModelVersionFactory(name="newer", sha256="1" * 64)
    prediction = said("nv", "mel")
    prediction_in(Status.SUCCEEDED, image=prediction.image, label="mel", model_version=newer)
    found = [(one.version, one.accuracy) for one in field.agreements()]
    assert found == [(version, 0.0), (newer, 1.0)]


def test_the_shadow_is_measured_beside_the_active_one(version: ModelVersion) -> None:
    shadow = ModelVersionFactory(name="shadow", sha256="2" * 64, shadow=True)
    assert field.beside_the_active() == field.BesideTheActive(shadow, 0, 0)
    for label, truth in (("mel", "mel"), ("nv", "mel")):
        prediction = said("nv", truth)
        ShadowResult.objects.create(
            prediction=prediction,
            model_version=shadow,
            label=label,
            probabilities={name: 1.0 if name == label else 0.0 for name in LABELS},
        )
    failed = ShadowResult(prediction=said("nv", "nv"), model_version=shadow)
    failed.save()
    active, beside = field.agreements()
    assert (active.version, active.n) == (version, 3)
    assert (beside.version, beside.n, beside.accuracy) == (shadow, 2, 0.5)
    assert field.beside_the_active() == field.BesideTheActive(shadow, 2, 1)


def test_without_diagnoses_or_shadow_there_is_nothing_to_say(version: ModelVersion) -> None:
    prediction_in(Status.SUCCEEDED)
    assert field.agreements() == []
    assert field.beside_the_active() is None


def test_the_newest_diagnoses_are_looked_at(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for label in ("mel", "nv", "nv"):
        said("nv", label)
    monkeypatch.setattr(field, "NEWEST", 2)
    (agreement,) = field.agreements()
    assert (agreement.n, agreement.accuracy) == (2, 1.0)


def test_it_costs_the_same_number_of_queries(version: ModelVersion) -> None:
    said("nv", "nv")
    few = queries(field.agreements)
    for number in range(5):
        other = ModelVersionFactory(sha256=f"{number:064}x"[:64])
        said("mel", "nv", model_version=other)
    assert queries(field.agreements) == few
