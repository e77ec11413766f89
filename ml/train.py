"""Train a network on a split.

The story: decode the images once, draw balanced epochs, let the learning rate rise and fall along
a cosine, keep a checkpoint after every epoch, and stop when validation gets no better.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np

from ml.artifact import sha256_of
from ml.calibration import log_loss
from ml.checkpoints import Checkpoints
from ml.ham10000 import DataError
from ml.metrics import accuracy
from ml.networks import INPUT_SIZE, NETWORKS
from ml.pipeline import Images, balanced_draws, batches_an_epoch, load_images, training_epoch
from ml.split import read_split, split_sha256, training_and_validation

# At a rate of 1e-3 without warm-up, alexnet stayed near chance for two thirds of an epoch.
WARMUP_STEPS = 500
# Fewer returns to Python. PyTorch's backend takes no more than 1.
STEPS_PER_EXECUTION = 8 if keras.backend.backend() == "tensorflow" else 1


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, besides the data and the split."""

    network: str
    epochs: int
    batch: int
    learning_rate: float
    seed: int
    validation_fold: int
    patience: int
    mixed_precision: bool
    initial_weights: Path | None = None
    """Weights to begin with instead of random ones: an earlier training's `best.weights.h5`."""


def train(recipe: Recipe, data: Path, split: Path, run: Path, *, resume: bool) -> Checkpoints:
    """Train, with checkpoints and `history.csv` in `run`; `publish` makes an artefact of them.

    Raises `DataError` for a split or images that cannot be used, and where `run` holds another
    training.
    """
    training, validation = training_and_validation(read_split(split), recipe.validation_fold)
    begun = asdict(recipe) | {
        "initial_weights": _sha256_of(recipe.initial_weights),
        "split": split.stem,
        "split_sha256": split_sha256(split),
    }
    checkpoints = Checkpoints(run, begun, resume=resume)
    print(f"Decoding {len(training) + len(validation)} images ...", flush=True)
    training_images = load_images(data, training, INPUT_SIZE)
    validation_images = load_images(data, validation, INPUT_SIZE)

    if recipe.mixed_precision:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        _fit(recipe, checkpoints, training_images, validation_images)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    return checkpoints


def _fit(recipe: Recipe, checkpoints: Checkpoints, training: Images, validation: Images) -> None:
    """The epochs that the run still lacks."""
    steps = recipe.epochs * batches_an_epoch(training, recipe.batch)
    model = checkpoints.load() if checkpoints.history else fresh_network(recipe, steps)
    for epoch in range(len(checkpoints.history), recipe.epochs):
        if checkpoints.history and epoch - checkpoints.best_epoch > recipe.patience:
            print(f"No better for {recipe.patience} epochs: stopped.", flush=True)
            break
        print(f"Epoch {epoch + 1} of {recipe.epochs}", flush=True)
        views = training_epoch(training, recipe.batch, recipe.seed, epoch)
        bar = 1 if sys.stdout.isatty() else 2  # in a log one line
        reseed = _reseeding(model, recipe.seed, epoch)
        # The views come shuffled.
        fitted = model.fit(views, shuffle=False, verbose=bar, callbacks=[reseed]).history
        scores = {
            "epoch": epoch + 1,
            "training_loss": fitted["loss"][0],
            "training_accuracy": fitted["accuracy"][0],
        } | _validate(model, validation)
        checkpoints.save(model, scores)
        print(", ".join(f"{name} {value:.4g}" for name, value in scores.items()), flush=True)


def fresh_network(recipe: Recipe, steps: int) -> keras.Model:
    """The network as it begins, compiled for a training of `steps` batches in all."""
    keras.utils.set_random_seed(recipe.seed)
    model = NETWORKS[recipe.network]()
    if recipe.initial_weights:
        model.load_weights(recipe.initial_weights)
    warmup = min(WARMUP_STEPS, steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 100,
        steps - warmup,
        warmup_target=recipe.learning_rate,
        warmup_steps=warmup,
    )
    model.compile(
        keras.optimizers.Adam(rate),
        "categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=STEPS_PER_EXECUTION,
    )
    return model


def _sha256_of(weights: Path | None) -> str | None:
    """Raises `DataError` where there is no such file."""
    if weights and not weights.is_file():
        raise DataError(f"There are no weights at {weights}.")
    return sha256_of(weights) if weights else None


def _reseeding(model: keras.Model, seed: int, epoch: int) -> keras.callbacks.Callback:
    """Keras saves no state of dropout's random generators, so each epoch begins with its own.

    PyTorch's dropout goes by the global seed, the other backends' by their generators' variables.
    Only when the training begins: a network that was just loaded draws some numbers before.
    """

    def reseed(_logs: object) -> None:
        rng = np.random.default_rng((seed, epoch))
        keras.utils.set_random_seed(int(rng.integers(0, 2**31)))
        for variable in model.variables:
            if variable.path.endswith("seed_generator_state"):
                variable.assign(rng.integers(0, 2**31, variable.shape))

    return keras.callbacks.LambdaCallback(on_train_begin=reseed)


def _validate(model: keras.Model, images: Images) -> dict[str, float]:
    """Scores over draws that hold each class as often as the largest, as in the training.

    Each image is predicted once and then counted as often as it is drawn.
    """
    draws = balanced_draws(images.labels, np.random.default_rng(0))
    probabilities = model.predict(images.pixels, batch_size=64, verbose=0)[draws]
    labels = images.labels[draws]
    return {
        "validation_loss": log_loss(labels, probabilities),
        "validation_accuracy": accuracy(labels, probabilities),
    }
