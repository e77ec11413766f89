"""The networks by name. Each takes float pixels 0–255 and scales them itself."""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers

from ml.labels import LABELS

INPUT_SIZE = 224


def alexnet() -> keras.Model:
    """The reference network: AlexNet-like, 2,983,559 parameters.

    Input (batch, 224, 224, 3) pixels 0–255; output (batch, 7) probabilities in `LABELS`' order.
    """
    inputs = keras.Input((INPUT_SIZE, INPUT_SIZE, 3), name="pixels")
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(96, 11, strides=4)(x)
    x = layers.MaxPooling2D(3, strides=2)(layers.BatchNormalization()(x))
    x = layers.Conv2D(128, 5, padding="same")(x)
    x = layers.MaxPooling2D(3, strides=2)(layers.BatchNormalization()(x))
    x = layers.Conv2D(384, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(384, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(128, 3, padding="same")(x)
    x = layers.MaxPooling2D(3, strides=2)(layers.BatchNormalization()(x))
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dense(128, activation="relu")(x)
        x = layers.Dropout(0.5)(x)
    # float32 also under a mixed-precision policy: a softmax in 16 bits loses the small classes.
    outputs = layers.Dense(len(LABELS), activation="softmax", dtype="float32")(x)
    return keras.Model(inputs, outputs, name="alexnet")


NETWORKS: dict[str, Callable[[], keras.Model]] = {"alexnet": alexnet}
