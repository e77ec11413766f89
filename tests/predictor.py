"""A predictor without a network: what it says is a function of the photograph's colours."""

from __future__ import annotations

import numpy as np

from ml.artifact import Artifact, read_artifact
from ml.labels import LABELS, MALIGNANT
from ml.posterior import UNIFORM, parse_prior, under_another_prior
from ml.predictions import Predictions
from ml.preprocessing import Pixels

CELLS = 7


class ColourPredictor:
    """Blueish photographs are none of skin; bright places speak for benign classes, dark ones not.

    Reddish photographs are melanomas, the others nevi; the more so the stronger.
    """

    artifact: Artifact

    def __init__(self, artifact_name: str, prior: str = UNIFORM) -> None:
        self.artifact = read_artifact(artifact_name)
        self.prior = parse_prior(prior)

    def predict(self, pixels: Pixels) -> Predictions:
        red, _, blue = np.moveaxis(pixels.mean(axis=(1, 2)) / 255, 1, 0)
        scores = np.full((len(pixels), len(LABELS)), 0.01)
        scores[:, LABELS.index("mel")] = red
        scores[:, LABELS.index("nv")] = 1 - red
        return Predictions(
            under_another_prior(scores, parse_prior(UNIFORM), self.prior),
            in_distribution=red - blue,
            class_maps=_class_maps(pixels),
        )


def _class_maps(pixels: Pixels) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The mean brightness of 7 × 7 cells for each benign class, darkness for the others."""
    n, size = len(pixels), pixels.shape[1] // CELLS
    cells = pixels[:, : size * CELLS, : size * CELLS].reshape(n, CELLS, size, CELLS, size, 3)
    brightness = cells.mean(axis=(2, 4, 5)) / 255
    maps = [1 - brightness if label in MALIGNANT else brightness for label in LABELS]
    return np.stack(maps, axis=-1).astype(np.float32)
