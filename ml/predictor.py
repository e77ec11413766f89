"""A trained network, ready to predict: checked, loaded once, warmed up, called in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from ml.artifact import IN_DISTRIBUTION, read_artifact
from ml.in_distribution import InDistribution, views
from ml.posterior import UNIFORM, Calibration, Floats, parse_prior, posterior
from ml.predictions import Predictions
from ml.preprocessing import Pixels
from ml.served_network import Outputs, ServedNetwork

BATCH = 32
T = TypeVar("T")


class Predictor:
    """Holds one network. Not for several threads at once."""

    def __init__(self, artifact_name: str, prior: str = UNIFORM) -> None:
        """Check, load and warm up an artefact. Raises `ArtifactError` and `PriorError`."""
        self.prior = parse_prior(prior)
        self.artifact = read_artifact(artifact_name)
        self.artifact.verify()
        self._calibration = Calibration.from_card(self.artifact.card)
        self._in_distribution: InDistribution | None = None
        if "in_distribution" in self.artifact.card:
            self._in_distribution = InDistribution.load(self.artifact.folder / IN_DISTRIBUTION)
        self._network = ServedNetwork(self.artifact.served_path, self.artifact.input_size)
        # NumPy's threads would spin for a while after each product and take the network's cores.
        threadpool_limits(limits=1, user_api="blas")

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

    def raw(self, pixels: Pixels) -> Outputs:
        """The network's outputs as they are, uncalibrated: see `ml.serving_graph`."""
        return self._network(pixels)


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
