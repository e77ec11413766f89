"""Training data: every image decoded once into memory, then drawn by class and augmented."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from ml.augmentation import AUGMENTATIONS
from ml.ham10000 import DataError, Record, check_images, image_paths
from ml.labels import LABELS
from ml.photographs import InvalidPhotograph
from ml.preprocessing import Pixels, load_pixels
from ml.recipe import Recipe
from ml.sampling import draw, draws_by_class


@dataclass(frozen=True)
class Images:
    """Decoded images: `pixels` uint8 (n, height, width, 3), `labels` int (n,), `LABELS`' order."""

    pixels: Pixels
    labels: npt.NDArray[np.int64]


def load_images(folder: Path, records: list[Record], size: int, width: int | None = None) -> Images:
    """Decode all `records` in threads (Pillow releases the interpreter lock).

    The images become `size` high and `width` wide, as wide as high unless it is given.

    Raises `DataError` naming an image that is missing or cannot be read.
    """
    check_images(folder, records)
    paths = image_paths(folder)
    pixels = np.empty((len(records), size, width or size, 3), np.uint8)
    with ThreadPoolExecutor() as threads:
        decoded = threads.map(lambda record: _load(paths[record.image_id], size, width), records)
        for index, image in enumerate(decoded):
            pixels[index] = image
    labels = np.array([LABELS.index(record.label) for record in records], np.int64)
    return Images(pixels, labels)


def _load(path: Path, size: int, width: int | None) -> Pixels:
    try:
        return load_pixels(path, size, width)
    except InvalidPhotograph as error:
        raise DataError(f"{path}: {error}") from error


def batches_an_epoch(images: Images, batch: int, sampling: str) -> int:
    """Full batches in one epoch; the few draws left over are dropped.

    Raises `DataError` where there is not one.
    """
    draws = int(draws_by_class(images.labels, sampling).sum())
    if draws < batch:
        raise DataError(f"An epoch has {draws} draws: too few for a batch of {batch}.")
    return draws // batch


def training_epoch(images: Images, recipe: Recipe, epoch: int) -> tf.data.Dataset:
    """One epoch of augmented batches: float32 (batch, size, size, 3) and one-hot (batch, 7).

    `images` are as high and wide as the recipe's augmentation wants them kept. Depends on recipe
    and epoch alone, so that a resumed training goes on exactly.
    """
    batch = recipe.batch
    rng = np.random.default_rng((recipe.seed, epoch))
    draws = draw(images.labels, recipe.sampling, rng)
    draws = draws[: batches_an_epoch(images, batch, recipe.sampling) * batch].reshape(-1, batch)
    seeds = rng.integers(0, 2**31, (len(draws), 2))
    shares = _shares(recipe, draws.shape, rng)
    one_hot = keras.utils.to_categorical(images.labels, len(LABELS))
    views = AUGMENTATIONS[recipe.augmentation].views

    def view(indices: tf.Tensor, seed: tf.Tensor, shares: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        pixels, targets = tf.numpy_function(
            lambda i: (images.pixels[i], one_hot[i].astype(np.float32)),
            [indices],
            (tf.uint8, tf.float32),
            stateful=False,
        )
        pixels.set_shape((batch, *images.pixels.shape[1:]))
        targets.set_shape((batch, len(LABELS)))
        return _mixed(views(pixels, seed, recipe.size), targets, shares)

    dataset = tf.data.Dataset.from_tensor_slices((draws, seeds, shares))
    return dataset.map(view, num_parallel_calls=2).prefetch(4)


def _shares(
    recipe: Recipe, shape: tuple[int, ...], rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """How much of each view stays its own."""
    if not recipe.mixup:
        return np.ones(shape, np.float32)
    return rng.beta(recipe.mixup, recipe.mixup, shape).astype(np.float32)


def _mixed(views: tf.Tensor, targets: tf.Tensor, shares: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mixup (Zhang et al. 2018, arXiv:1710.09412): each with the one before it, which is random."""
    own = shares[:, None]
    mixed = own * targets + (1 - own) * tf.roll(targets, 1, axis=0)
    own = own[:, :, None, None]
    return own * views + (1 - own) * tf.roll(views, 1, axis=0), mixed
