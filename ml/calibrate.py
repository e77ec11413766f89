"""Fit on the validation photographs what an artefact needs besides its network, into its card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ml import operating_points
from ml.artifact import read_artifact, write_card
from ml.evaluate import raw_outputs
from ml.ham10000 import DataError
from ml.labels import by_label
from ml.posterior import Calibration, parse_prior, posterior
from ml.scaling import better_fit
from ml.split import read_split, training_and_validation


def calibrate(artifact_name: str, data: Path, split: Path) -> dict[str, Any]:
    """Write `calibration` and `operating_points` into the card; returns the card.

    Raises `ArtifactError`, and `DataError` where the network was trained on a validation lesion.
    """
    artifact = read_artifact(artifact_name)
    fold = int(artifact.card.get("recipe", {}).get("validation_fold", 0))
    records = training_and_validation(read_split(split), fold).validation
    lesions = [record.lesion_id for record in records]
    if seen := artifact.trained_on() & set(lesions):
        raise DataError(f"{artifact.name} was trained on {len(seen)} lesions of the validation.")

    labels, outputs = raw_outputs(artifact_name, data, records)
    prior = Calibration.from_card(artifact.card).training_prior
    fitted, losses = better_fit(labels, outputs["probabilities"], prior, lesions)
    posteriors = posterior(outputs["probabilities"], fitted, parse_prior("uniform"))
    card = artifact.card | {
        "calibration": {
            "temperature": fitted.temperature,
            "bias": by_label(fitted.bias),
            "fitted_on": f"{len(records)} photographs of the validation part",
            "cross_validated_log_loss": losses,
        },
        "operating_points": operating_points.choose(labels, posteriors),
    }
    card.pop("metrics", None)  # they were measured without all this
    write_card(artifact.folder, card)
    return card


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
