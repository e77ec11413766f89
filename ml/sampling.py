"""Which images an epoch shows, and the class prior that a network learns from that.

`upsampled`: each class as often as the largest one, as the reference did it. `square-root`: as
many draws as there are images, each class in proportion to the square root of its size.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ml.labels import LABELS

Labels = npt.NDArray[np.int64]


def draws_by_class(labels: Labels, sampling: str) -> npt.NDArray[np.int64]:
    """How often each class is drawn in an epoch, (7,); none of a class that does not occur."""
    counts = np.bincount(labels, minlength=len(LABELS))
    if sampling == "upsampled":
        shares = (counts > 0) * counts.max()
    else:
        roots = np.sqrt(counts)
        shares = np.round(len(labels) * roots / roots.sum())
    draws: npt.NDArray[np.int64] = shares.astype(np.int64)
    return draws


def training_prior(labels: Labels, sampling: str) -> npt.NDArray[np.float64]:
    """The class shares, (7,), that a network trained on such draws takes for granted."""
    draws = draws_by_class(labels, sampling)
    prior: npt.NDArray[np.float64] = draws / draws.sum()
    return prior


def draw(labels: Labels, sampling: str, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Indices of one epoch, in random order.

    Every image of a class is drawn equally often, give or take one.
    """
    chosen = []
    for label, wanted in enumerate(draws_by_class(labels, sampling)):
        members = np.flatnonzero(labels == label)
        rounds = -(-wanted // max(len(members), 1))
        order = [rng.permutation(members) for _ in range(rounds)]
        chosen.append(np.concatenate([members[:0], *order])[:wanted])
    return rng.permutation(np.concatenate(chosen))
