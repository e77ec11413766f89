"""Fit what an artefact needs besides its network, on photographs that did not train it.

Temperature and bias, operating points, and the score that tells photographs like HAM10000's from
others: into its card, the last one also into `in_distribution.npz`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ml import operating_points
from ml.artifact import IN_DISTRIBUTION, Artifact, read_artifact, sha256_of, write_card
from ml.augmentation import in_other_colours
from ml.ham10000 import DataError, Record
from ml.images import load_images
from ml.in_distribution import InDistribution, Views, views
from ml.labels import by_label
from ml.metrics import Labels, Probabilities
from ml.posterior import UNIFORM, Calibration, parse_prior, posterior
from ml.predictor import Predictor, batches
from ml.scaling import better_fit
from ml.split import read_split, training_and_validation


@dataclass(frozen=True)
class Seen:
    """n photographs as a network sees them, uncalibrated."""

    labels: Labels
    probabilities: Probabilities
    """(n, 7)."""
    views: Views
    """What the in-distribution score goes by; empty where the network has no embedding."""
    other_views: Views
    """The same in other cameras' colours."""

    @property
    def all_views(self) -> Views:
        return _joined([self.views, self.other_views])


def calibrate(artifact_name: str, data: Path, split: Path) -> dict[str, Any]:
    """Write all three; returns the card. Figures measured without them are taken off it.

    Raises `ArtifactError`, and `DataError` where the network was trained on a validation lesion or
    does not say on which it was.
    """
    artifact = read_artifact(artifact_name)
    training, validation = _sides(artifact, split)
    predictor = Predictor(artifact_name)
    held_out = _see(predictor, data, validation)
    card = {key: value for key, value in artifact.card.items() if key != "metrics"}
    card |= _scaling(artifact, held_out, [record.lesion_id for record in validation])
    if held_out.views:
        card["in_distribution"] = _score(artifact, _see(predictor, data, training), held_out)
    write_card(artifact.folder, card)
    return card


def _sides(artifact: Artifact, split: Path) -> tuple[list[Record], list[Record]]:
    """Photographs of the lesions that trained the network, and of the validation part."""
    parts = read_split(split)
    trained_on = artifact.trained_on()
    if not trained_on:
        raise DataError(f"{artifact.name} does not say on which lesions it was trained.")
    fold = int(artifact.card["recipe"]["validation_fold"])
    validation = training_and_validation(parts, fold).validation
    if seen := trained_on & {record.lesion_id for record in validation}:
        raise DataError(f"{artifact.name} was trained on {len(seen)} lesions of the validation.")
    everything = [record for members in parts.values() for record in members]
    return [record for record in everything if record.lesion_id in trained_on], validation


def _see(predictor: Predictor, data: Path, records: list[Record]) -> Seen:
    images = load_images(data, records, predictor.input_size)
    probabilities, plain, others = [], [], []
    for indices in batches(range(len(records))):
        pixels = images.pixels[indices]
        outputs = predictor.raw(pixels)
        probabilities.append(outputs["probabilities"])
        if "embedding" in outputs:
            plain.append(views(outputs["embedding"], pixels))
            other = in_other_colours(pixels, seed=indices[0])
            others.append(views(predictor.raw(other)["embedding"], other))
    return Seen(images.labels, np.concatenate(probabilities), _joined(plain), _joined(others))


def _joined(parts: list[Views]) -> Views:
    return tuple(np.concatenate(of_one) for of_one in zip(*parts, strict=True))


def _scaling(artifact: Artifact, held_out: Seen, lesions: list[str]) -> dict[str, Any]:
    prior = Calibration.from_card(artifact.card).training_prior
    fitted, losses = better_fit(held_out.labels, held_out.probabilities, prior, lesions)
    posteriors = posterior(held_out.probabilities, fitted, parse_prior(UNIFORM))
    return {
        "calibration": {
            "temperature": fitted.temperature,
            "bias": by_label(fitted.bias),
            "fitted_on": f"{len(lesions)} photographs of the validation part",
            "cross_validated_log_loss": losses,
        },
        "operating_points": operating_points.choose(held_out.labels, posteriors),
    }


def _score(artifact: Artifact, training: Seen, held_out: Seen) -> dict[str, Any]:
    """Fitted on each photograph twice: other cameras' colours do not make another kind of thing."""
    path = artifact.folder / IN_DISTRIBUTION
    labels = np.concatenate([training.labels, training.labels])
    fitted = InDistribution.fit(training.all_views, labels, held_out.all_views)
    fitted.save(path)
    return {
        "method": "Mahalanobis distance of the network's embedding and of image statistics",
        "refused": _share_refused(fitted, held_out.views),
        "refused_in_other_colours": _share_refused(fitted, held_out.other_views),
        "sha256": sha256_of(path),
    }


def _share_refused(fitted: InDistribution, seen: Views) -> float:
    return round(float((fitted.score(seen) < 0).mean()), 4)


def summary(card: dict[str, Any]) -> str:
    """A few lines for the terminal."""
    fitted = card["calibration"]
    losses = ", ".join(
        f"{name} {loss:.4f}" for name, loss in fitted["cross_validated_log_loss"].items()
    )
    biases = ", ".join(f"{label} {bias:+.2f}" for label, bias in fitted["bias"].items())
    lines = [
        f"log loss on lesions not fitted on: {losses}",
        f"temperature {fitted['temperature']:.3f}, bias {biases}",
    ]
    for point in card["operating_points"]:
        rates = point["measured"]
        lines.append(
            f"{point['target']}: threshold {point['threshold']:.3f} for sensitivity "
            f"{point['sensitivity']}: {rates['sensitivity']:.3f}, "
            f"specificity {rates.get('specificity', 0):.3f}"
        )
    return "\n".join(lines)
