"""Train a network on a split and write it as an artefact.

The story: decode the images once, draw balanced epochs, follow a cosine learning rate, keep a
checkpoint after every epoch, and write the weights of the best one on the validation fold.
"""

from __future__ import annotations

import csv
import datetime
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ml.artifact import ARTIFACTS, MODEL, sha256_of, write_card
from ml.labels import LABELS
from ml.metrics import accuracy, balanced_accuracy
from ml.networks import INPUT_SIZE, NETWORKS
from ml.pipeline import Images, batches_an_epoch, load_images, training_epoch
from ml.split import members, read_split

LICENCE = (
    "Trained on HAM10000 (Tschandl, Rosendahl & Kittler 2018, doi:10.1038/sdata.2018.161), which "
    "is CC BY-NC 4.0: non-commercial use only, with attribution."
)


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, besides the data and the split."""

    network: str
    epochs: int
    batch: int
    learning_rate: float
    seed: int
    validation_fold: int
    mixed_precision: bool


def train(recipe: Recipe, data: Path, split: Path, run: Path, *, resume: bool) -> Path:
    """Train, with checkpoints and `history.csv` in `run`; returns the artefact's folder."""
    run.mkdir(parents=True, exist_ok=True)
    parts = read_split(split)
    validation_part = f"fold{recipe.validation_fold}"
    training = [r for part in parts if part not in ("test", validation_part) for r in parts[part]]
    training_images = load_images(data, training, INPUT_SIZE)
    validation_images = load_images(data, members(parts, validation_part), INPUT_SIZE)

    if recipe.mixed_precision:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        history = _fit(recipe, run, training_images, validation_images, resume=resume)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    return _write_artifact(recipe, run, split, history, len(training_images.labels))


def _fit(
    recipe: Recipe, run: Path, training: Images, validation: Images, *, resume: bool
) -> list[dict[str, float]]:
    """The epochs that the run still lacks; returns the scores of all."""
    history = _read_history(run) if resume else []
    steps = recipe.epochs * batches_an_epoch(training, recipe.batch)
    model = keras.models.load_model(run / "last.keras") if history else _fresh(recipe, steps)
    for epoch in range(len(history), recipe.epochs):
        _reseed(model, recipe.seed, epoch)
        views = training_epoch(training, recipe.batch, recipe.seed, epoch)
        fitted = model.fit(views, shuffle=False)  # they come shuffled
        scores = {"epoch": epoch, "loss": fitted.history["loss"][0]}
        scores |= _validate(model, validation)
        # Below zero at first: an epoch that recognises nothing is the best so far, too.
        best = max((row["balanced_accuracy"] for row in history), default=-1.0)
        history.append(scores)
        _checkpoint(model, run, history, is_best=scores["balanced_accuracy"] > best)
        print(scores, flush=True)
    return history


def _fresh(recipe: Recipe, steps: int) -> keras.Model:
    keras.utils.set_random_seed(recipe.seed)
    model = NETWORKS[recipe.network]()
    rate = keras.optimizers.schedules.CosineDecay(recipe.learning_rate, steps)
    model.compile(keras.optimizers.Adam(rate), "categorical_crossentropy", metrics=["accuracy"])
    return model


def _reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Keras saves no state of dropout's random generators, so each epoch begins with its own."""
    rng = np.random.default_rng((seed, epoch))
    for variable in model.variables:
        if variable.path.endswith("seed_generator_state"):
            variable.assign(rng.integers(0, 2**31, variable.shape))


def _validate(model: keras.Model, images: Images) -> dict[str, float]:
    probabilities = model.predict(images.pixels, batch_size=64, verbose=0)
    return {
        "accuracy": accuracy(images.labels, probabilities),
        "balanced_accuracy": balanced_accuracy(images.labels, probabilities),
    }


def _checkpoint(
    model: keras.Model, run: Path, history: list[dict[str, float]], *, is_best: bool
) -> None:
    """Network and optimiser first, history last: a run killed between repeats that epoch."""
    model.save(run / "part.keras")
    (run / "part.keras").replace(run / "last.keras")
    if is_best:
        model.save_weights(run / "part.weights.h5")
        (run / "part.weights.h5").replace(run / "best.weights.h5")
    with (run / "history.part").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(history[0]))
        writer.writeheader()
        writer.writerows(history)
    (run / "history.part").replace(run / "history.csv")


def _read_history(run: Path) -> list[dict[str, float]]:
    path = run / "history.csv"
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def _write_artifact(
    recipe: Recipe, run: Path, split: Path, history: list[dict[str, float]], n_images: int
) -> Path:
    model = NETWORKS[recipe.network]()  # in float32 and without the optimiser
    model.load_weights(run / "best.weights.h5")
    folder = ARTIFACTS / recipe.network
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / "part.keras")
    (folder / "part.keras").replace(folder / MODEL)
    card: dict[str, Any] = {
        "name": recipe.network,
        "version": "1",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "labels": list(LABELS),
        "input_size": INPUT_SIZE,
        "sha256": sha256_of(folder / MODEL),
        "parameters": model.count_params(),
        "training_prior": dict.fromkeys(LABELS, round(1 / len(LABELS), 6)),
        "data": {"name": "HAM10000", "images": n_images, "split_sha256": sha256_of(split)},
        "recipe": asdict(recipe),
        "validation": history[int(np.argmax([row["balanced_accuracy"] for row in history]))],
        "licence": LICENCE,
    }
    write_card(folder, card)
    return folder
