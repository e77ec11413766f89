"""A trained network, ready to predict: loaded once, warmed up, compiled, called in batches."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from ml.artifact import IN_DISTRIBUTION, read_artifact
from ml.in_distribution import InDistribution, views
from ml.posterior import UNIFORM, Calibration, Floats, parse_prior, posterior
from ml.predictions import Predictions
from ml.preprocessing import Pixels
from ml.served_network import served_network

BATCH = 32
T = TypeVar("T")


class Predictor:
    """Holds one network. Create it in the process that predicts: TensorFlow survives no fork."""

    def __init__(self, artifact_name: str, prior: str = UNIFORM) -> None:
        """Check, load and warm up an artefact. Raises `ArtifactError` and `PriorError`."""
        self.prior = parse_prior(prior)
        self.artifact = read_artifact(artifact_name)
        self.artifact.verify()
        self._calibration = Calibration.from_card(self.artifact.card)
        self._in_distribution: InDistribution | None = None
        if "in_distribution" in self.artifact.card:
            self._in_distribution = InDistribution.load(self.artifact.folder / IN_DISTRIBUTION)
        model = keras.models.load_model(self.artifact.model_path, compile=False)
        size = self.artifact.input_size
        self._call: Any = served_network(model, size)
        self.predict(np.zeros((1, size, size, 3), np.uint8))

    @property
    def input_size(self) -> int:
        return self.artifact.input_size

    def predict(self, pixels: Pixels) -> Predictions:
        """For uint8 (n, size, size, 3)."""
        outputs = self.raw(pixels)
        score: Floats | None = None
        if self._in_distribution:
            seen = views(outputs["embedding"], pixels)
            score = self._in_distribution.score(seen).astype(np.float64)
        return Predictions(
            posterior(outputs["probabilities"], self._calibration, self.prior),
            in_distribution=score,
            class_maps=outputs.get("class_maps"),
        )

    def raw(self, pixels: Pixels) -> dict[str, npt.NDArray[np.float32]]:
        """The network's outputs as they are, uncalibrated: see `served_network`."""
        return {name: value.numpy() for name, value in self._call(tf.constant(pixels)).items()}


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
