from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from classifier.models import ModelVersion, Prediction, Status
from ml.labels import LABELS
from tests.factories import ModelVersionFactory, PredictionFactory, prediction_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

FINAL = (Status.SUCCEEDED, Status.REJECTED, Status.FAILED)


@pytest.mark.parametrize("status", Status.values)
def test_the_database_takes_a_prediction_in_each_status(status: str) -> None:
    assert Prediction.objects.get(pk=prediction_in(status).pk).status == status


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (Status.SUCCEEDED, {"label": ""}),
        (Status.SUCCEEDED, {"label": "wart"}),
        (Status.SUCCEEDED, {"probability": None}),
        (Status.SUCCEEDED, {"probabilities": None}),
        (Status.SUCCEEDED, {"model_version": None}),
        (Status.SUCCEEDED, {"prior": ""}),
        (Status.SUCCEEDED, {"error_code": "x"}),
        (Status.QUEUED, {"label": "nv"}),
        (Status.FAILED, {"probability": 0.5}),
        (Status.REJECTED, {"probabilities": dict.fromkeys(LABELS, 1 / 7)}),
        (Status.QUEUED, {"prior": "uniform"}),
        (Status.RUNNING, {"in_distribution": 0.5}),
        (Status.REJECTED, {"class_maps": b"maps"}),
        (Status.FAILED, {"warnings": ["blurred"]}),
        (Status.RUNNING, {"claimed_until": None}),
        (Status.QUEUED, {"claimed_until": "2026-01-01T00:00:00Z"}),
        (Status.SUCCEEDED, {"claimed_until": "2026-01-01T00:00:00Z"}),
        (Status.QUEUED, {"finished_at": "2026-01-01T00:00:00Z"}),
        *[(status, {"finished_at": None}) for status in FINAL],
        (Status.REJECTED, {"error_code": ""}),
        (Status.FAILED, {"error_message": ""}),
        (Status.RUNNING, {"error_code": "x"}),
    ],
)
def test_the_database_refuses_what_its_status_forbids(status: str, changes: dict[str, Any]) -> None:
    row = Prediction.objects.filter(pk=prediction_in(status).pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(**changes)


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_a_photograph_has_at_most_one_unfinished_prediction(status: str) -> None:
    unfinished = prediction_in(status)
    with pytest.raises(IntegrityError), transaction.atomic():
        PredictionFactory(image=unfinished.image)


def test_a_photograph_can_have_many_finished_predictions() -> None:
    first = prediction_in(Status.SUCCEEDED)
    for status in FINAL:
        prediction_in(status, image=first.image)
    assert first.image.predictions.count() == 4


def test_at_most_one_network_is_active() -> None:
    ModelVersionFactory(active=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersionFactory(sha256="2" * 64, active=True)
    ModelVersionFactory(sha256="3" * 64)
    assert ModelVersion.objects.filter(active=True).count() == 1


def test_the_ranking_is_by_probability_with_long_names() -> None:
    ranked = prediction_in(Status.SUCCEEDED, label="mel").ranked
    label, words, probability = ranked[0]
    assert (label, words.name, probability) == ("mel", "Melanoma", 0.9)
    assert {label for label, _, _ in ranked} == set(LABELS)


@pytest.mark.parametrize(("score", "out"), [(None, False), (0.0, False), (-1e-9, True)])
def test_below_zero_is_out_of_distribution(score: float | None, out: bool) -> None:
    assert Prediction(in_distribution=score).out_of_distribution is out


def test_a_list_does_not_fetch_the_maps_but_knows_of_them() -> None:
    with_maps = prediction_in(Status.SUCCEEDED, class_maps=b"maps")
    without = prediction_in(Status.SUCCEEDED)
    rows = {row.pk: row for row in Prediction.objects.with_details()}
    assert (rows[with_maps.pk].has_heatmap, rows[without.pk].has_heatmap) == (True, False)
    assert "class_maps" in rows[with_maps.pk].get_deferred_fields()


def test_malignancy_is_unknown_until_there_is_a_result() -> None:
    assert prediction_in(Status.QUEUED).malignancy is None
    assert prediction_in(Status.SUCCEEDED, label="mel").malignancy == pytest.approx(
        0.9 + 2 * 0.1 / 6
    )
