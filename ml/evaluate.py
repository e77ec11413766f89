"""Score an artefact on one part of the split and note the figures in its card."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ml.artifact import read_artifact, write_card
from ml.metrics import report
from ml.pipeline import load_images
from ml.predictor import Predictor, batches
from ml.split import members, read_split


def evaluate(artifact_name: str, data: Path, split: Path, part: str) -> int:
    """Print the figures as JSON, and keep those of the held-out test part in the card."""
    predictor = Predictor(artifact_name)
    images = load_images(data, members(read_split(split), part), predictor.input_size)
    probabilities = np.concatenate(
        [
            predictor.predict(images.pixels[indices])
            for indices in batches(range(len(images.labels)))
        ]
    )
    figures = report(images.labels, probabilities)
    print(json.dumps(figures, indent=2))
    if part == "test":
        artifact = read_artifact(artifact_name)
        write_card(artifact.folder, {**artifact.card, "metrics": {"part": part, **figures}})
    return 0
