"""What an epoch shows: which images, how each is seen, which two are mixed.

Numbers alone, drawn by NumPy, so that every backend shows the same, and a resumed training goes on
exactly: they depend on recipe and epoch.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from ml.augmentation import DRAWS
from ml.ham10000 import DataError
from ml.recipe import Recipe
from ml.sampling import Labels, draw, draws_by_class

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Epoch:
    """Of `steps` batches."""

    images: npt.NDArray[np.int32]
    """(steps, batch) indices."""
    views: Floats
    """(steps, batch, `DRAWS`), even between 0 and 1: see `ml.augmentation`."""
    shares: Floats
    """(steps, batch), how much of each view stays its own: see `mixed`."""


def batches_an_epoch(labels: Labels, batch: int, sampling: str) -> int:
    """Full batches in one epoch; the few draws left over are dropped.

    Raises `DataError` where there is not one.
    """
    draws = int(draws_by_class(labels, sampling).sum())
    if draws < batch:
        raise DataError(f"An epoch has {draws} draws: too few for a batch of {batch}.")
    return draws // batch


def epoch_of(labels: Labels, recipe: Recipe, epoch: int) -> Epoch:
    """Raises `DataError` where the images do not fill a batch."""
    shape = (batches_an_epoch(labels, recipe.batch, recipe.sampling), recipe.batch)
    rng = np.random.default_rng((recipe.seed, epoch))
    images = draw(labels, recipe.sampling, rng)[: shape[0] * shape[1]]
    views = rng.random((*shape, DRAWS), np.float32)
    shares = rng.beta(recipe.mixup, recipe.mixup, shape) if recipe.mixup else np.ones(shape)
    return Epoch(images.reshape(shape).astype(np.int32), views, shares.astype(np.float32))


def mixed(values: keras.KerasTensor, shares: keras.KerasTensor) -> keras.KerasTensor:
    """Mixup (Zhang et al. 2018, arXiv:1710.09412): each with the one before it, which is random.

    `values`: pixels (batch, size, size, 3) or targets (batch, 7); `shares` (batch,).
    """
    own = ops.reshape(shares, (-1, *[1] * (len(values.shape) - 1)))
    return own * values + (1 - own) * ops.roll(values, 1, axis=0)
