"""A predictor without TensorFlow: what it says is a function of the photograph's mean colour."""

from __future__ import annotations

import numpy as np

from ml.artifact import Artifact, read_artifact
from ml.labels import LABELS
from ml.predictions import Predictions
from ml.preprocessing import Pixels


class ColourPredictor:
    artifact: Artifact

    def __init__(self, artifact_name: str) -> None:
        self.artifact = read_artifact(artifact_name)

    def predict(self, pixels: Pixels) -> Predictions:
        """Reddish photographs are melanomas, the others nevi; the more so the stronger."""
        redness = pixels[..., 0].mean(axis=(1, 2)) / 255
        scores = np.full((len(pixels), len(LABELS)), 0.01)
        scores[:, LABELS.index("mel")] = redness
        scores[:, LABELS.index("nv")] = 1 - redness
        return Predictions(scores / scores.sum(axis=1, keepdims=True))
