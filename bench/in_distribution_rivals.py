"""Ways to tell a far image from a lesion, each fitted on the same photographs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.in_distribution import Array, InDistribution, Mahalanobis, normalised

NEIGHBOURS = 50


@dataclass(frozen=True)
class Seen:
    """What a network and the image statistics say of n photographs."""

    embeddings: Array
    """(n, k)"""
    logits: Array
    """(n, 7)"""
    statistics: Array
    """(n, 6)"""
    labels: npt.NDArray[np.int64]
    """(n,), −1 where there is no lesion."""


Distance = Callable[[Seen], Array]
"""(n,): larger is further from the training lesions."""
Fit = Callable[[Seen, Seen], Distance]
"""Of the training photographs and of the held-out ones, which set a scale where one is needed."""


def maximum_softmax_probability(training: Seen, held_out: Seen) -> Distance:
    """Hendrycks & Gimpel 2017, arXiv:1610.02136."""
    return lambda seen: _log_sum_exp(seen.logits) - seen.logits.max(axis=1)


def energy(training: Seen, held_out: Seen) -> Distance:
    """−log Σ exp of the logits (Liu et al. 2020, arXiv:2010.03759)."""
    return lambda seen: -_log_sum_exp(seen.logits)


def mahalanobis(training: Seen, held_out: Seen) -> Distance:
    """Lee et al. 2018, arXiv:1807.03888, on the embeddings as they are."""
    fitted = Mahalanobis.fit(training.embeddings, training.labels)
    return lambda seen: fitted.distance(seen.embeddings)


def relative_mahalanobis(training: Seen, held_out: Seen) -> Distance:
    """d² to the nearest class less d² to all lesions as one (Ren et al. 2021, arXiv:2106.09022)."""
    near = Mahalanobis.fit(training.embeddings, training.labels)
    background = Mahalanobis.fit(training.embeddings, np.zeros_like(training.labels))
    return lambda seen: (
        near.distance(seen.embeddings) ** 2 - background.distance(seen.embeddings) ** 2
    )


def normalised_mahalanobis(training: Seen, held_out: Seen) -> Distance:
    """Müller & Hein 2025, arXiv:2505.18032."""
    fitted = Mahalanobis.fit(normalised(training.embeddings), training.labels)
    return lambda seen: fitted.distance(normalised(seen.embeddings))


def nearest_neighbours(training: Seen, held_out: Seen) -> Distance:
    """To the `NEIGHBOURS`th nearest normalised embedding (Sun et al. 2022, arXiv:2204.06507)."""
    bank = normalised(training.embeddings)

    def distance(seen: Seen) -> Array:
        cosines = normalised(seen.embeddings) @ bank.T
        return 1 - np.partition(cosines, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS]

    return distance


def statistics_alone(training: Seen, held_out: Seen) -> Distance:
    """Mahalanobis on the image statistics: what needs no network."""
    fitted = Mahalanobis.fit(training.statistics, training.labels)
    return lambda seen: fitted.distance(seen.statistics)


def served(training: Seen, held_out: Seen) -> Distance:
    """`ml.in_distribution`: the normalised embeddings and the statistics."""
    fitted = InDistribution.fit(_views(training), training.labels, _views(held_out))
    return lambda seen: fitted.distance(_views(seen))


METHODS: dict[str, Fit] = {
    "MSP": maximum_softmax_probability,
    "energy": energy,
    "Mahal.": mahalanobis,
    "relative": relative_mahalanobis,
    "L2-M.": normalised_mahalanobis,
    "kNN": nearest_neighbours,
    "stats": statistics_alone,
    "served": served,
}


def _views(seen: Seen) -> tuple[Array, ...]:
    return normalised(seen.embeddings), seen.statistics


def _log_sum_exp(logits: Array) -> Array:
    largest = logits.max(axis=1)
    total: Array = largest + np.log(np.exp(logits - largest[:, None]).sum(axis=1))
    return total
