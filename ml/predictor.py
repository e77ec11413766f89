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

from ml.artifact import read_artifact
from ml.preprocessing import Pixels

BATCH = 32
T = TypeVar("T")


class Predictor:
    """Holds one network. Create it in the process that predicts: TensorFlow survives no fork."""

    def __init__(self, artifact_name: str) -> None:
        """Check, load and warm up `ml/artifacts/NAME`. Raises `ArtifactError`."""
        self.artifact = read_artifact(artifact_name)
        self.artifact.verify()
        model = keras.models.load_model(self.artifact.model_path, compile=False)
        size = self.artifact.input_size
        # One signature for every batch size, so that nothing is traced again while serving.
        signature = tf.TensorSpec((None, size, size, 3), tf.uint8)

        @tf.function(input_signature=[signature])
        def call(pixels: tf.Tensor) -> tf.Tensor:
            return model(tf.cast(pixels, tf.float32), training=False)

        self._call: Any = call
        self.predict(np.zeros((1, size, size, 3), np.uint8))

    @property
    def input_size(self) -> int:
        return self.artifact.input_size

    def predict(self, pixels: Pixels) -> npt.NDArray[np.float64]:
        """Probabilities of shape (n, 7), in `LABELS`' order, for uint8 (n, size, size, 3).

        Each row sums to 1 in double precision, which the network's float32 does not quite.
        """
        probabilities: npt.NDArray[np.float64] = (
            self._call(tf.constant(pixels)).numpy().astype(np.float64)
        )
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        return probabilities


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
