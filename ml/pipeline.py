"""Training data: every image decoded once into memory, then drawn class-balanced and augmented."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from ml.augmentation import augment
from ml.ham10000 import DataError, Record, check_images, image_paths
from ml.labels import LABELS
from ml.photographs import InvalidPhotograph
from ml.preprocessing import Pixels, load_pixels


@dataclass(frozen=True)
class Images:
    """Decoded images: `pixels` uint8 (n, size, size, 3), `labels` int (n,) in `LABELS`' order."""

    pixels: Pixels
    labels: npt.NDArray[np.int64]


def load_images(folder: Path, records: list[Record], size: int) -> Images:
    """Decode all `records` in threads (Pillow releases the interpreter lock).

    Raises `DataError` naming an image that is missing or cannot be read.
    """
    check_images(folder, records)
    paths = image_paths(folder)
    pixels = np.empty((len(records), size, size, 3), np.uint8)
    with ThreadPoolExecutor() as threads:
        decoded = threads.map(lambda record: _load(paths[record.image_id], size), records)
        for index, image in enumerate(decoded):
            pixels[index] = image
    labels = np.array([LABELS.index(record.label) for record in records], np.int64)
    return Images(pixels, labels)


def _load(path: Path, size: int) -> Pixels:
    try:
        return load_pixels(path, size)
    except InvalidPhotograph as error:
        raise DataError(f"{path}: {error}") from error


def balanced_draws(labels: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Indices for one epoch: each class as often as the largest one, in random order.

    Every image of a class is drawn equally often, give or take one.
    """
    largest = np.bincount(labels).max()
    draws = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        rounds = -(-largest // len(members))
        draws.append(np.concatenate([rng.permutation(members) for _ in range(rounds)])[:largest])
    return rng.permutation(np.concatenate(draws))


def batches_an_epoch(images: Images, batch: int) -> int:
    """Full batches in one balanced epoch; the few draws left over are dropped.

    Raises `DataError` where there is not one.
    """
    counts = np.bincount(images.labels)
    draws = int(counts.max() * (counts > 0).sum())
    if draws < batch:
        raise DataError(f"An epoch has {draws} draws: too few for a batch of {batch}.")
    return draws // batch


def training_epoch(images: Images, batch: int, seed: int, epoch: int) -> tf.data.Dataset:
    """One epoch of augmented batches: float32 (batch, size, size, 3) and one-hot (batch, 7).

    Depends on `seed` and `epoch` alone, so that a resumed training goes on exactly.
    """
    rng = np.random.default_rng((seed, epoch))
    draws = balanced_draws(images.labels, rng)
    draws = draws[: batches_an_epoch(images, batch) * batch].reshape(-1, batch)
    seeds = rng.integers(0, 2**31, (len(draws), 2))
    one_hot = keras.utils.to_categorical(images.labels, len(LABELS))

    def view(indices: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        pixels, targets = tf.numpy_function(
            lambda i: (images.pixels[i], one_hot[i].astype(np.float32)),
            [indices],
            (tf.uint8, tf.float32),
            stateful=False,
        )
        pixels.set_shape((batch, *images.pixels.shape[1:]))
        targets.set_shape((batch, len(LABELS)))
        return augment(pixels, seed), targets

    dataset = tf.data.Dataset.from_tensor_slices((draws, seeds))
    return dataset.map(view, num_parallel_calls=2).prefetch(4)
