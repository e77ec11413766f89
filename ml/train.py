"""Train a network on a split.

The story: decode the images once, draw balanced epochs, let the learning rate rise and fall along
a cosine, keep a checkpoint after every epoch, and stop when validation gets no better.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
from keras import layers

from ml.artifact import sha256_of
from ml.augmentation import AUGMENTATIONS
from ml.calibration import log_loss
from ml.checkpoints import Checkpoints, alone_in
from ml.depthwise import ShiftedDepthwise
from ml.epochs import batches_an_epoch, epoch_of
from ml.ham10000 import DataError
from ml.images import Images, load_images
from ml.metrics import Probabilities, accuracy
from ml.networks import NETWORKS, in_precision
from ml.posterior import Calibration, parse_prior, posterior
from ml.recipe import IMAGENET, Recipe
from ml.sampling import draw, training_prior
from ml.split import Sides, read_split, split_sha256, training_and_validation
from ml.teachers import targets_for, write_answers

if TYPE_CHECKING:
    from ml.fit_tensorflow import Fit

# At a rate of 1e-3 without warm-up, alexnet stayed near chance for two thirds of an epoch.
WARMUP_STEPS = 500
VALIDATION_BATCH = 64


def train(recipe: Recipe, data: Path, split: Path, run: Path, *, resume: bool) -> Checkpoints:
    """Train, with checkpoints and `history.csv` in `run`; `publish` makes an artefact of them.

    Raises `DataError` for a split or images that cannot be used, and where `run` holds another
    training.
    """
    sides = training_and_validation(read_split(split), recipe.validation_fold, recipe.left_out_fold)
    begun = asdict(recipe) | {
        "backbone": _sha256_of(recipe.backbone),
        "initial_weights": _sha256_of(recipe.initial_weights),
        "teachers": [_sha256_of(teacher) for teacher in recipe.teachers],
        "split": split.stem,
        "split_sha256": split_sha256(split),
    }
    with alone_in(run):
        checkpoints = Checkpoints(run, begun, resume=resume)
        if not _finished(recipe, checkpoints):
            _fit(recipe, checkpoints, data, sides)
    return checkpoints


def _finished(recipe: Recipe, checkpoints: Checkpoints) -> bool:
    rows = len(checkpoints.history)
    if rows and rows - checkpoints.best_row > recipe.patience:
        print(f"No better in {recipe.patience} validations: stopped.", flush=True)
        return True
    return checkpoints.epochs >= recipe.epochs


def _fit(recipe: Recipe, checkpoints: Checkpoints, data: Path, sides: Sides) -> None:
    """The epochs that the run still lacks."""
    targets = targets_for(sides.training, recipe.teachers, recipe.teacher_share)
    print(f"Decoding {len(sides.training) + len(sides.validation)} images ...", flush=True)
    kept = AUGMENTATIONS[recipe.augmentation].kept(recipe.size)
    images = load_images(data, sides.training, *kept)
    validation = load_images(data, sides.validation, recipe.size)

    steps = recipe.epochs * batches_an_epoch(images.labels, recipe.batch, recipe.sampling)
    prior = training_prior(images.labels, recipe.sampling)
    model = checkpoints.load() if checkpoints.history else fresh_network(recipe, steps)
    fit = _fit_class()(model, images.pixels, targets, recipe)
    for epoch in range(checkpoints.epochs, recipe.epochs):
        print(f"Epoch {epoch + 1} of {recipe.epochs}", flush=True)
        _reseed(model, recipe.seed, epoch)
        loss, training_accuracy = fit(epoch_of(images.labels, recipe, epoch))
        if (epoch + 1) % recipe.validate_every and epoch + 1 < recipe.epochs:
            continue
        outputs = _outputs(model, validation)
        scores = {
            "epoch": epoch + 1,
            "training_loss": loss,
            "training_accuracy": training_accuracy,
        } | _scores(validation, outputs, Calibration(prior))
        if checkpoints.is_best(scores):
            write_answers(checkpoints.validation_answers, sides.validation, outputs)
        checkpoints.save(model, scores)
        print(", ".join(f"{name} {value:.4g}" for name, value in scores.items()), flush=True)
        if _finished(recipe, checkpoints):
            break


def _fit_class() -> type[Fit]:
    if keras.backend.backend() == "jax":
        from ml import fit_jax

        return fit_jax.Fit  # type: ignore[return-value]  # the same signatures
    from ml import fit_tensorflow

    return fit_tensorflow.Fit


def fresh_network(recipe: Recipe, steps: int) -> keras.Model:
    """The network as it begins, compiled for a training of `steps` batches in all."""
    keras.utils.set_random_seed(recipe.seed)
    model = NETWORKS[recipe.network](recipe)
    if recipe.initial_weights:
        model.load_weights(recipe.initial_weights)
    policy = "mixed_bfloat16" if recipe.mixed_precision else "float32"
    on_jax = keras.backend.backend() == "jax"
    model = in_precision(model, policy, ShiftedDepthwise if on_jax else layers.DepthwiseConv2D)
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
    )
    model.optimizer.build(model.trainable_variables)
    return model


def _sha256_of(weights: str | Path | None) -> str | None:
    """What tells one file of weights from another. Raises `DataError` where there is no file."""
    if not weights or weights == IMAGENET:
        return None if weights is None else str(weights)
    if not Path(weights).is_file():
        raise DataError(f"There are no weights at {weights}.")
    return sha256_of(Path(weights))


def _reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Keras saves no state of dropout's random generators, so each epoch begins with its own."""
    rng = np.random.default_rng((seed, epoch))
    keras.utils.set_random_seed(int(rng.integers(0, 2**31)))
    for variable in model.variables:
        if variable.path.endswith("seed_generator_state"):
            variable.assign(rng.integers(0, 2**31, variable.shape))


def _outputs(model: keras.Model, images: Images) -> Probabilities:
    """In whole batches: for a smaller one at the end the network would be compiled anew."""
    n = len(images.labels)
    whole = np.resize(np.arange(n), -(-n // VALIDATION_BATCH) * VALIDATION_BATCH)
    outputs: Probabilities = model.predict(
        images.pixels[whole], batch_size=VALIDATION_BATCH, verbose=0
    )
    return outputs[:n]


def _scores(images: Images, outputs: Probabilities, raw: Calibration) -> dict[str, float]:
    """Over draws that hold each class as often as the largest, and of posteriors under it.

    Each image is predicted once and then counted as often as it is drawn.
    """
    draws = draw(images.labels, "upsampled", np.random.default_rng(0))
    probabilities = posterior(outputs, raw, parse_prior("uniform"))[draws]
    labels = images.labels[draws]
    return {
        "validation_loss": log_loss(labels, probabilities),
        "validation_accuracy": accuracy(labels, probabilities),
    }
