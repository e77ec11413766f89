"""Is this a photograph like those that the network was trained on? A score that is ≥ 0 if so.

Two views of a photograph, one Gaussian for each class in each: the network's embedding, which
tells lesions from things, and `image_statistics`, which see what a fine-tuned network has learnt
to overlook (flat colours, noise, clouds). `bench/in_distribution.py` compares rivals.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.artifact import ArtifactError
from ml.image_statistics import image_statistics
from ml.preprocessing import Pixels

Array = npt.NDArray[np.floating[Any]]
Views = tuple[Array, ...]
"""The same n photographs as (n, k) arrays, each seen in its own way."""

REFUSED = 0.05
"""The share of real lesions that may be refused."""


def views(embeddings: Array, pixels: Pixels) -> Views:
    """For embeddings (n, k) and the uint8 (n, size, size, 3) that the network was given."""
    return normalised(embeddings), image_statistics(pixels)


def normalised(embeddings: Array) -> Array:
    """(n, k) of length 1: the length says how sure a network is more than what it sees.

    As Mahalanobis++ (Müller & Hein 2025, arXiv:2505.18032).
    """
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    directions: Array = embeddings / np.maximum(lengths, 1e-12)
    return directions


@dataclass(frozen=True)
class Mahalanobis:
    """A mean for each class and one covariance for all (Lee et al. 2018, arXiv:1807.03888)."""

    means: Array
    """(classes, k), whitened."""
    whitening: Array
    """(k, k), lower triangular W with W Wᵀ the inverse of the covariance."""

    @classmethod
    def fit(cls, points: Array, labels: npt.NDArray[np.int64]) -> Mahalanobis:
        """For (n, k) and (n,). The covariance is shrunk as Ledoit & Wolf 2004 say."""
        from sklearn.covariance import ledoit_wolf

        classes, index = np.unique(labels, return_inverse=True)
        means = np.stack([points[labels == label].mean(axis=0) for label in classes])
        covariance, _ = ledoit_wolf(points - means[index], assume_centered=True)
        whitening = np.linalg.cholesky(np.linalg.inv(covariance))
        return cls(means @ whitening, whitening)

    def distance(self, points: Array) -> Array:
        """(n,): for each of (n, k) the distance to the nearest mean, in standard deviations."""
        whitened = points @ self.whitening
        to_each = [np.linalg.norm(whitened - mean, axis=1) for mean in self.means]
        nearest: Array = np.min(to_each, axis=0)
        return nearest


@dataclass(frozen=True)
class InDistribution:
    """One Gaussian for each view, their distances brought to one scale and added."""

    gaussians: tuple[Mahalanobis, ...]
    typical: Array
    """(views,): the median of a held-out lesion's log distance."""
    spread: Array
    """(views,): from there to the log distance that `REFUSED` of the held-out lesions exceed."""
    threshold: float

    @classmethod
    def fit(
        cls,
        training: Views,
        labels: npt.NDArray[np.int64],
        held_out: Views,
        refused: float = REFUSED,
    ) -> InDistribution:
        """Gaussians of the training photographs and their labels (n,); the scale and the threshold
        come from photographs of other lesions, which lie further out.
        """
        gaussians = tuple(Mahalanobis.fit(view, labels) for view in training)
        logs = np.stack(_log_distances(gaussians, held_out))
        typical, far = np.quantile(logs, (0.5, 1 - REFUSED), axis=1)
        unset = cls(gaussians, typical, far - typical, 0.0)
        return cls(
            gaussians,
            unset.typical,
            unset.spread,
            float(np.quantile(unset.distance(held_out), 1 - refused)),
        )

    def distance(self, seen: Views) -> Array:
        """(n,): 0 for a typical lesion; the sum over the views, so that two doubts add up."""
        logs = np.stack(_log_distances(self.gaussians, seen), axis=1)
        total: Array = ((logs - self.typical) / self.spread).sum(axis=1)
        return total

    def score(self, seen: Views) -> Array:
        """(n,): at least 0 for a photograph like those that the network was trained on."""
        return self.threshold - self.distance(seen)

    def save(self, path: Path) -> None:
        """As compressed .npz, in float32."""
        arrays: dict[str, Any] = {
            "typical": self.typical,
            "spread": self.spread,
            "threshold": np.array(self.threshold),
        }
        for number, gaussian in enumerate(self.gaussians):
            arrays[f"means{number}"] = gaussian.means
            arrays[f"whitening{number}"] = gaussian.whitening
        arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
        with path.open("wb") as file:  # np.savez would add an ending to a name without one
            np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, path: Path) -> InDistribution:
        """Raises `ArtifactError` when the file is missing, damaged or not one that `save` wrote."""
        try:
            # Opened here: given a path, np.load leaves a damaged file open.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
                arrays = dict(saved)
            loaded = cls(
                tuple(
                    Mahalanobis(arrays[f"means{number}"], arrays[f"whitening{number}"])
                    for number in range(len(arrays["typical"]))
                ),
                arrays["typical"],
                arrays["spread"],
                float(arrays["threshold"]),
            )
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise ArtifactError(f"{path} cannot be read as an in-distribution score.") from error
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise ArtifactError(f"{path} holds numbers that are not finite.")
        return loaded


def _log_distances(gaussians: tuple[Mahalanobis, ...], seen: Views) -> list[Array]:
    """(n,) for each view. Logarithms: far images lie far beyond any lesion, and must not count
    for so much in one view that nothing is left of the other.
    """
    return [
        np.log(np.maximum(gaussian.distance(view), 1e-12))
        for gaussian, view in zip(gaussians, seen, strict=True)
    ]
