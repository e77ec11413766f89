"""Train for an epoch on TensorFlow: views are made by the processor while the network computes."""

from __future__ import annotations

import sys

import keras
import tensorflow as tf

from ml.augmentation import AUGMENTATIONS
from ml.epochs import Epoch, Floats, mixed
from ml.preprocessing import Pixels
from ml.recipe import Recipe

STEPS_PER_EXECUTION = 8  # fewer returns to Python


class Fit:
    """Holds the photographs for a whole training."""

    def __init__(self, model: keras.Model, pixels: Pixels, targets: Floats, recipe: Recipe) -> None:
        """`pixels`: as the recipe's augmentation wants them kept; `targets`: (n, 7)."""
        self._model = model
        self._model.steps_per_execution = STEPS_PER_EXECUTION
        self._pixels, self._targets = pixels, targets
        self._recipe = recipe

    def __call__(self, epoch: Epoch) -> tuple[float, float]:
        """Loss and accuracy over the epoch, of a compiled network."""
        bar = 1 if sys.stdout.isatty() else 2  # in a log one line
        # The views come shuffled.
        scores = self._model.fit(self.batches(epoch), shuffle=False, verbose=bar).history
        return scores["loss"][0], scores["accuracy"][0]

    def batches(self, epoch: Epoch) -> tf.data.Dataset:
        """Float32 (batch, size, size, 3) and targets (batch, 7)."""
        recipe = self._recipe
        views = AUGMENTATIONS[recipe.augmentation].views

        def batch(
            indices: tf.Tensor, draws: tf.Tensor, shares: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor]:
            pixels, targets = tf.numpy_function(
                lambda i: (self._pixels[i], self._targets[i]),
                [indices],
                (tf.uint8, tf.float32),
                stateful=False,
            )
            pixels.set_shape((recipe.batch, *self._pixels.shape[1:]))
            targets.set_shape((recipe.batch, self._targets.shape[1]))
            return mixed(views(pixels, draws, recipe.size), shares), mixed(targets, shares)

        drawn = tf.data.Dataset.from_tensor_slices((epoch.images, epoch.views, epoch.shares))
        return drawn.map(batch, num_parallel_calls=2).prefetch(4)
