"""How the networks do in the field: their results held against the confirmed diagnoses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db.models import Count, F, Q

from classifier.models import Diagnosis, ModelVersion, Prediction, ShadowResult, Status
from ml import calibration, metrics
from ml.labels import LABELS

NEWEST: Final = 10_000
"""So many diagnoses are looked at, the newest ones: a page shall not take longer and longer."""
BINS: Final = 10
ROUNDS: Final = 100


@dataclass(frozen=True)
class Agreement:
    """What one version said of photographs whose diagnosis is confirmed; of each its last word."""

    version: ModelVersion
    n: int
    refused: int
    """Of those diagnosed, how many it took for no lesion; they count in nothing below."""
    confusion: list[list[int]]
    """Row the diagnosis, column the prediction."""
    accuracy: float
    balanced_accuracy: float
    recalls: dict[str, float]
    calibration_error: float
    by_chance: float
    """The calibration error that chance alone gives on so many photographs."""
    bins: list[calibration.Bin]


@dataclass(frozen=True)
class _Said:
    """Of one photograph by one version."""

    image_id: object
    version_id: int
    moment: Any
    probabilities: dict[str, float]
    in_distribution: float | None


def agreements() -> list[Agreement]:
    """Of every version that has said anything of a diagnosed photograph; four queries.

    The active one first, then its shadow, then the newest. Where the shadow was asked and the
    version has a result of its own too, the later one counts.
    """
    newest = Diagnosis.objects.order_by("-created_at", "-id")[:NEWEST]
    truth = dict(newest.values_list("image", "label"))
    versions = ModelVersion.objects.defer("card").order_by("-active", "-shadow", "-created_at")
    last_words: dict[int, dict[object, _Said]] = {}
    for said in sorted(_said(newest.values("image")), key=lambda one: one.moment):
        last_words.setdefault(said.version_id, {})[said.image_id] = said
    return [
        _agreement(version, last_words[version.pk].values(), truth)
        for version in versions
        if version.pk in last_words
    ]


def _said(images: Any) -> Iterator[_Said]:
    what = ("model_version", "created_at", "probabilities", "in_distribution")
    results = Prediction.objects.filter(status=Status.SUCCEEDED, image__in=images).order_by()
    beside = ShadowResult.objects.filter(prediction__image__in=images).exclude(label="").order_by()
    for rows in (
        results.values_list("image", *what),
        beside.values_list("prediction__image", *what),
    ):
        for row in rows:
            yield _Said(*row)


def _agreement(version: ModelVersion, said: Iterable[_Said], truth: dict[Any, str]) -> Agreement:
    known = [one for one in said if one.image_id in truth]
    answered = [one for one in known if one.in_distribution is None or one.in_distribution >= 0]
    labels = np.array([LABELS.index(truth[one.image_id]) for one in answered], np.int64)
    probabilities = np.array(
        [[one.probabilities[label] for label in LABELS] for one in answered]
    ).reshape(-1, len(LABELS))
    return Agreement(
        version=version,
        n=len(answered),
        refused=len(known) - len(answered),
        confusion=metrics.confusion(labels, probabilities).tolist(),
        **_scores(labels, probabilities),
    )


def _scores(labels: metrics.Labels, probabilities: metrics.Probabilities) -> dict[str, Any]:
    """NaN and nothing where nothing was answered."""
    if not len(labels):
        nan = float("nan")
        nothing = ("accuracy", "balanced_accuracy", "calibration_error", "by_chance")
        return {**dict.fromkeys(nothing, nan), "recalls": {}, "bins": []}
    return {
        "accuracy": metrics.accuracy(labels, probabilities),
        "balanced_accuracy": metrics.balanced_accuracy(labels, probabilities),
        "recalls": metrics.recalls(labels, probabilities),
        "calibration_error": calibration.expected_calibration_error(labels, probabilities, BINS),
        "by_chance": calibration.calibration_error_by_chance(probabilities, BINS, rounds=ROUNDS),
        "bins": calibration.reliability(labels, probabilities, BINS),
    }


@dataclass(frozen=True)
class BesideTheActive:
    """How often the shadow names the class that the active version named."""

    version: ModelVersion
    n: int
    same: int

    @property
    def share(self) -> float:
        return self.same / self.n if self.n else 0.0


def beside_the_active() -> BesideTheActive | None:
    """None where no shadow is cast."""
    shadow = ModelVersion.objects.defer("card").filter(shadow=True).first()
    if shadow is None:
        return None
    answered = ShadowResult.objects.filter(model_version=shadow).exclude(label="")
    counts = answered.aggregate(
        n=Count("pk"), same=Count("pk", filter=Q(label=F("prediction__label")))
    )
    return BesideTheActive(shadow, **counts)
