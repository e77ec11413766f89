"""A network that trains in seconds; also a program that trains it on another Keras backend."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import keras
from keras import layers

from ml.labels import LABELS
from ml.networks import NETWORKS
from ml.recipe import REFERENCE, Recipe

RECIPE = replace(
    REFERENCE, network="small", size=64, epochs=3, learning_rate=0.01, seed=3, validation_fold=1
)


def small(recipe: Recipe) -> keras.Model:
    """A quick network with what a resumed training could forget: running means and dropout."""
    inputs = keras.Input((recipe.size, recipe.size, 3))
    x = layers.AveragePooling2D(recipe.size // 4)(layers.Rescaling(1 / 255)(inputs))
    x = layers.BatchNormalization()(layers.Flatten()(x))
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(16, activation="relu")(x))
    return keras.Model(inputs, layers.Dense(len(LABELS), activation="softmax")(x))


def main(backend: str, data: Path, split: Path, output: Path) -> None:
    """Train, write the artefact to `output` and what the network says to `output`.npy."""
    import numpy as np

    from ml.artifact import MODEL
    from ml.publish import write_artifact
    from ml.train import train
    from tests.images import lesion

    assert keras.backend.backend() == backend
    NETWORKS["small"] = small
    checkpoints = train(RECIPE, data, split, output.with_suffix(".run"), resume=False)
    write_artifact(checkpoints, split, output)
    pixels = np.asarray(lesion(RECIPE.size, RECIPE.size), np.float32)[None]
    model = keras.models.load_model(output / MODEL)
    np.save(output.with_suffix(".npy"), model.predict(pixels, verbose=0))


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
