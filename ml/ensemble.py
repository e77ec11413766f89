"""Several trained networks as one: each at its own size, their logits averaged.

The mean of logits is the normalised geometric mean of the probabilities. A box of pixels is
averaged for one of a member's, so every member sees all of the photograph and nothing is aliased.
"""

from __future__ import annotations

import math

import keras
from keras import layers, ops

MAX_SIZE = 512
"""A side of an ensemble's input, in pixels: photographs hold hardly more."""


class EnsembleError(ValueError):
    """The networks cannot be put together; the message says why."""


def ensemble(members: list[keras.Model], name: str) -> keras.Model:
    """One network of float pixels 0–255, (n, size, size, 3), that answers probabilities (n, 7).

    `size` is the smallest that is a multiple of every member's. Raises `EnsembleError`.
    """
    size = math.lcm(*(member.input_shape[1] for member in members))
    if len(members) < 2 or size > MAX_SIZE:
        sizes = ", ".join(str(member.input_shape[1]) for member in members)
        raise EnsembleError(
            f"Networks of {sizes} pixels: there have to be two, and a size of at most {MAX_SIZE} "
            "pixels that is a multiple of each."
        )
    inputs = keras.Input((size, size, 3), name="pixels")
    logits = []
    for number, member in enumerate(members):
        member.name = f"member{number}"
        probabilities = member(as_seen_by(member, inputs, f"pixels{number}"))
        logits.append(ops.log(ops.maximum(probabilities, keras.config.epsilon())))
    outputs = layers.Softmax(name="probabilities")(layers.Average()(logits))
    return keras.Model(inputs, outputs, name=name)


def members_of(model: keras.Model) -> list[keras.Model]:
    """The networks that an ensemble was made of; none of any other network."""
    return [layer for layer in model.layers if isinstance(layer, keras.Model)]


def as_seen_by(member: keras.Model, pixels: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """An ensemble's pixels at a member's size, by a layer of that name."""
    side = pixels.shape[1] // member.input_shape[1]
    return layers.AveragePooling2D(side, name=name)(pixels) if side > 1 else pixels
