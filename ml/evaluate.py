"""Score an artefact on one part of a split: `metrics.json`, plots, and the figures in its card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ml import operating_points, plots
from ml.artifact import HISTORY, read_artifact, write_card
from ml.checkpoints import read_history
from ml.ham10000 import Record
from ml.images import load_images
from ml.metrics import Labels, Probabilities
from ml.predictions import Predictions
from ml.predictor import Predictor, batches
from ml.report import CALIBRATION_ERRORS, report
from ml.split import members, read_split, split_sha256
from ml.subgroups import read_subgroups

METRICS = "metrics.json"
TRAINED_ON = "lesion was trained on"


def evaluate(
    artifact_name: str, data: Path, split: Path, part: str, output: Path
) -> dict[str, Any]:
    """Write `metrics.json` and the plots to `output`; returns what `metrics.json` holds.

    Where no lesion of the test part was trained on, the artefact's card gets the figures too.
    Raises `ArtifactError` and `DataError`.
    """
    records = members(read_split(split), part)
    artifact = read_artifact(artifact_name)
    subgroups = read_subgroups(data, records)
    labels, predictions = _predict(artifact_name, data, records)
    probabilities = predictions.probabilities

    seen = artifact.trained_on()
    was_trained_on = [record.lesion_id in seen for record in records]
    if any(was_trained_on):
        subgroups[TRAINED_ON] = ["yes" if was else "no" for was in was_trained_on]
    scored = {
        "artifact": {
            "name": artifact.name,
            "version": artifact.version,
            "sha256": artifact.sha256,
            "trained_on_split": artifact.card.get("data", {}).get("split"),
        },
        "split": {"name": split.stem, "sha256": split_sha256(split), "part": part},
        "trained_on": _leakage(records, was_trained_on),
    } | report(labels, probabilities, [record.lesion_id for record in records], subgroups)
    points = artifact.card.get("operating_points", [])
    scored["operating_points"] = operating_points.measure(points, labels, probabilities)
    if predictions.in_distribution is not None:
        scored["refused"] = float((predictions.in_distribution < 0).mean())

    output.mkdir(parents=True, exist_ok=True)
    text = json.dumps(scored, indent=2, ensure_ascii=False, allow_nan=False)
    (output / METRICS).write_text(text + "\n", encoding="utf-8")
    plots.draw(output, labels, probabilities, read_history(artifact.folder / HISTORY))
    if part == "test" and seen and not any(was_trained_on):
        write_card(artifact.folder, {**artifact.card, "metrics": _for_the_card(scored)})
    return scored


def score(artifact_name: str, data: Path, records: list[Record]) -> tuple[Labels, Probabilities]:
    """The true labels and the posteriors under the uniform prior, (n,) and (n, 7), as served."""
    labels, predictions = _predict(artifact_name, data, records)
    return labels, predictions.probabilities


def _predict(artifact_name: str, data: Path, records: list[Record]) -> tuple[Labels, Predictions]:
    predictor = Predictor(artifact_name)
    images = load_images(data, records, predictor.input_size)
    found = [predictor.predict(images.pixels[indices]) for indices in batches(range(len(records)))]
    scores = [each.in_distribution for each in found if each.in_distribution is not None]
    return images.labels, Predictions(
        np.concatenate([each.probabilities for each in found]),
        np.concatenate(scores) if scores else None,
    )


def _leakage(records: list[Record], was_trained_on: list[bool]) -> dict[str, Any]:
    """How much of what is scored shows a lesion that the network was trained on."""
    melanomas = [
        was for record, was in zip(records, was_trained_on, strict=True) if record.label == "mel"
    ]
    return {
        "photographs": sum(was_trained_on),
        "share": sum(was_trained_on) / len(records),
        "share_of_melanomas": sum(melanomas) / len(melanomas) if melanomas else 0.0,
    }


def _for_the_card(scored: dict[str, Any]) -> dict[str, Any]:
    """What the pages and the API say of a network: figures on lesions that it had never seen."""
    figures, ends = scored["figures"], scored["intervals"]
    names = ("accuracy", "balanced_accuracy", "macro_auc", "malignant_auc", *CALIBRATION_ERRORS)
    return {
        "part": scored["split"]["part"],
        "n": scored["n"],
        "lesions": scored["lesions"],
        **{name: figures[name] for name in names if name in figures},
        "intervals": {name: ends[name] for name in names if name in ends},
        "operating_points": scored["operating_points"],
        "confusion": scored["confusion"],
        "subgroups": scored["subgroups"],
        **({"refused": scored["refused"]} if "refused" in scored else {}),
        "recall": {
            label: row["recall"] for label, row in scored["by_class"].items() if "recall" in row
        },
    }


def summary(scored: dict[str, Any]) -> str:
    """A few lines for the terminal."""
    figures, ends, artifact = scored["figures"], scored["intervals"], scored["artifact"]
    network = f"{artifact['name']} {artifact['version']}"
    part = f"{scored['split']['name']}, {scored['split']['part']}"
    lines = [f"{network} on {scored['n']} photographs of {scored['lesions']} lesions ({part})"]
    lines += [
        f"  {name:<42} {value:.3f}   {ends[name][0]:.3f}–{ends[name][1]:.3f}"
        for name, value in figures.items()
        if name in ends
    ]
    if share := scored["trained_on"]["share"]:
        lines.append(
            f"NOT HELD OUT: {share:.0%} of these photographs show a lesion that was trained on "
            f"({scored['trained_on']['share_of_melanomas']:.0%} of the melanomas)."
        )
    return "\n".join(lines)
