"""Train a network on a split.

The story: decode the images once, draw balanced epochs, let the learning rate rise and fall along
a cosine, keep a checkpoint after every epoch, and stop when validation gets no better.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from ml.artifact import sha256_of
from ml.augmentation import AUGMENTATIONS
from ml.calibration import log_loss
from ml.checkpoints import Checkpoints, alone_in
from ml.ham10000 import DataError
from ml.metrics import accuracy
from ml.networks import NETWORKS, in_precision
from ml.pipeline import Images, batches_an_epoch, load_images, training_epoch
from ml.posterior import Calibration, parse_prior, posterior
from ml.recipe import IMAGENET, Recipe
from ml.sampling import draw, training_prior
from ml.split import read_split, split_sha256, training_and_validation

# At a rate of 1e-3 without warm-up, alexnet stayed near chance for two thirds of an epoch.
WARMUP_STEPS = 500
# Fewer returns to Python. PyTorch's backend takes no more than 1.
STEPS_PER_EXECUTION = 8 if keras.backend.backend() == "tensorflow" else 1


def train(recipe: Recipe, data: Path, split: Path, run: Path, *, resume: bool) -> Checkpoints:
    """Train, with checkpoints and `history.csv` in `run`; `publish` makes an artefact of them.

    Raises `DataError` for a split or images that cannot be used, and where `run` holds another
    training.
    """
    training, validation = training_and_validation(read_split(split), recipe.validation_fold)
    begun = asdict(recipe) | {
        "backbone": _sha256_of(recipe.backbone),
        "initial_weights": _sha256_of(recipe.initial_weights),
        "split": split.stem,
        "split_sha256": split_sha256(split),
    }
    with alone_in(run):
        checkpoints = Checkpoints(run, begun, resume=resume)
        if not _finished(recipe, checkpoints):
            print(f"Decoding {len(training) + len(validation)} images ...", flush=True)
            kept = AUGMENTATIONS[recipe.augmentation].kept(recipe.size)
            training_images = load_images(data, training, *kept)
            _fit(recipe, checkpoints, training_images, load_images(data, validation, recipe.size))
    return checkpoints


def _finished(recipe: Recipe, checkpoints: Checkpoints) -> bool:
    epochs = len(checkpoints.history)
    if epochs and epochs - checkpoints.best_epoch > recipe.patience:
        print(f"No better for {recipe.patience} epochs: stopped.", flush=True)
        return True
    return epochs >= recipe.epochs


def _fit(recipe: Recipe, checkpoints: Checkpoints, training: Images, validation: Images) -> None:
    """The epochs that the run still lacks."""
    steps = recipe.epochs * batches_an_epoch(training, recipe.batch, recipe.sampling)
    prior = training_prior(training.labels, recipe.sampling)
    model = checkpoints.load() if checkpoints.history else fresh_network(recipe, steps)
    while not _finished(recipe, checkpoints):
        epoch = len(checkpoints.history)
        print(f"Epoch {epoch + 1} of {recipe.epochs}", flush=True)
        views = training_epoch(training, recipe, epoch)
        bar = 1 if sys.stdout.isatty() else 2  # in a log one line
        reseed = _reseeding(model, recipe.seed, epoch)
        # The views come shuffled.
        fitted = model.fit(views, shuffle=False, verbose=bar, callbacks=[reseed]).history
        scores = {
            "epoch": epoch + 1,
            "training_loss": fitted["loss"][0],
            "training_accuracy": fitted["accuracy"][0],
        } | _validate(model, validation, Calibration(prior))
        checkpoints.save(model, scores)
        print(", ".join(f"{name} {value:.4g}" for name, value in scores.items()), flush=True)


def fresh_network(recipe: Recipe, steps: int) -> keras.Model:
    """The network as it begins, compiled for a training of `steps` batches in all."""
    keras.utils.set_random_seed(recipe.seed)
    model = NETWORKS[recipe.network](recipe)
    if recipe.initial_weights:
        model.load_weights(recipe.initial_weights)
    if recipe.mixed_precision:
        model = in_precision(model, "mixed_bfloat16")
    warmup = min(WARMUP_STEPS, steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 100,
        steps - warmup,
        warmup_target=recipe.learning_rate,
        warmup_steps=warmup,
    )
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay),
        keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=["accuracy"],
        steps_per_execution=STEPS_PER_EXECUTION,
    )
    return model


def _sha256_of(weights: str | Path | None) -> str | None:
    """What tells one file of weights from another. Raises `DataError` where there is no file."""
    if not weights or weights == IMAGENET:
        return None if weights is None else str(weights)
    if not Path(weights).is_file():
        raise DataError(f"There are no weights at {weights}.")
    return sha256_of(Path(weights))


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


def _validate(model: keras.Model, images: Images, raw: Calibration) -> dict[str, float]:
    """Scores over draws that hold each class as often as the largest, and posteriors under it.

    Each image is predicted once and then counted as often as it is drawn.
    """
    draws = draw(images.labels, "upsampled", np.random.default_rng(0))
    outputs = model.predict(images.pixels, batch_size=64, verbose=0)
    probabilities = posterior(outputs, raw, parse_prior("uniform"))[draws]
    labels = images.labels[draws]
    return {
        "validation_loss": log_loss(labels, probabilities),
        "validation_accuracy": accuracy(labels, probabilities),
    }
