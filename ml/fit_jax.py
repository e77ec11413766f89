"""Train for an epoch on JAX: the photographs lie in the accelerator, a step is compiled whole.

Keras' own `fit` would bring every view to the processor and back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import keras
import numpy as np
from jax import numpy as jnp

from ml.augmentation import AUGMENTATIONS
from ml.epochs import Epoch, Floats, mixed
from ml.preprocessing import Pixels
from ml.recipe import Recipe

State = tuple[list[jax.Array], list[jax.Array], list[jax.Array]]
"""The variables that are trained, the network's others, and the optimiser's."""
Scores = tuple[jax.Array, jax.Array]


class Fit:
    """Holds photographs and compiled step for a whole training."""

    def __init__(self, model: keras.Model, pixels: Pixels, targets: Floats, recipe: Recipe) -> None:
        """`pixels`: as the recipe's augmentation wants them kept; `targets`: (n, 7)."""
        self._model = model
        self._data = jnp.asarray(pixels), jnp.asarray(targets)
        # Two programs: the large one is the same for any number of photographs, so that a cache of
        # compiled programs serves every fold.
        self._seen = jax.jit(_seen_by(recipe))
        self._step = jax.jit(_step_of(model, recipe), donate_argnums=0)

    def __call__(self, epoch: Epoch) -> tuple[float, float]:
        """Loss and accuracy over the epoch, of a compiled network."""
        model = self._model
        groups = (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
        )
        state = tuple([one.value for one in group] for group in groups)
        scores = []
        for batch in zip(epoch.images, epoch.views, epoch.shares, strict=True):
            state, score = self._step(state, *self._seen(*self._data, *batch))
            scores.append(score)
        for group, values in zip(groups, state, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable.assign(value)
        loss, accuracy = np.mean(np.array(jax.device_get(scores)), axis=0)
        return float(loss), float(accuracy)


def _seen_by(recipe: Recipe) -> Callable[..., tuple[jax.Array, jax.Array]]:
    views = AUGMENTATIONS[recipe.augmentation].views

    def seen(
        pixels: jax.Array,
        targets: jax.Array,
        indices: jax.Array,
        draws: jax.Array,
        shares: jax.Array,
    ) -> tuple[jax.Array, jax.Array]:
        images = views(pixels[indices], draws, recipe.size)
        return mixed(images, shares), mixed(targets[indices], shares)

    return seen


def _step_of(model: keras.Model, recipe: Recipe) -> Callable[..., tuple[State, Scores]]:
    loss_of = keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)

    def loss(
        trained: list[jax.Array], others: list[jax.Array], images: jax.Array, wanted: jax.Array
    ) -> tuple[jax.Array, Any]:
        outputs, others = model.stateless_call(trained, others, images, training=True)
        return loss_of(wanted, outputs), (others, outputs)

    def step(state: State, images: jax.Array, wanted: jax.Array) -> tuple[State, Scores]:
        trained, others, optimiser = state
        gradient = jax.value_and_grad(loss, has_aux=True)
        (value, (others, outputs)), slopes = gradient(trained, others, images, wanted)
        trained, optimiser = model.optimizer.stateless_apply(optimiser, slopes, trained)
        right = (outputs.argmax(-1) == wanted.argmax(-1)).mean()
        return (trained, others, optimiser), (value, right)

    return step
