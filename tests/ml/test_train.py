from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from ml import artifact, train
from ml.artifact import Artifact, read_artifact, sha256_of
from ml.ham10000 import DataError
from ml.labels import LABELS
from ml.networks import INPUT_SIZE, NETWORKS
from ml.split import read_split
from ml.train import Recipe

RECIPE = Recipe(
    network="small",
    epochs=2,
    batch=32,
    learning_rate=0.01,
    seed=3,
    validation_fold=1,
    mixed_precision=False,
)


def small() -> keras.Model:
    """A quick network with what a resumed training could forget: running means and dropout."""
    inputs = keras.Input((INPUT_SIZE, INPUT_SIZE, 3))
    x = layers.AveragePooling2D(56)(layers.Rescaling(1 / 255)(inputs))
    x = layers.BatchNormalization()(layers.Flatten()(x))
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(16, activation="relu")(x))
    return keras.Model(inputs, layers.Dense(len(LABELS), activation="softmax", dtype="float32")(x))


@pytest.fixture(scope="module", autouse=True)
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("artifacts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(NETWORKS, "small", small)
        patch.setattr(train, "ARTIFACTS", folder)
        patch.setattr(artifact, "ARTIFACTS", folder)
        yield folder


@pytest.fixture(scope="module")
def unbroken(
    ham10000: Path, split: Path, artifacts: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Artifact]:
    """A whole training of two epochs: its folder of checkpoints and its artefact."""
    run = tmp_path_factory.mktemp("unbroken")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "ARTIFACTS", artifacts / "unbroken")
        folder = train.train(RECIPE, ham10000, split, run, resume=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(artifact, "ARTIFACTS", folder.parent)
        return run, read_artifact("small")


def history_of(run: Path) -> list[dict[str, float]]:
    with (run / "history.csv").open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def weights_of(path: Path) -> list[Any]:
    weights: list[Any] = keras.models.load_model(path, compile=False).get_weights()
    return weights


def test_a_training_writes_an_artefact_that_its_card_describes(
    unbroken: tuple[Path, Artifact], split: Path
) -> None:
    _, written = unbroken
    written.verify()
    assert {path.name for path in written.folder.iterdir()} == {"card.json", "model.keras"}
    card = written.card
    assert card["recipe"] == asdict(RECIPE)
    assert card["input_size"] == INPUT_SIZE
    assert card["labels"] == list(LABELS)
    assert card["training_prior"] == pytest.approx(dict.fromkeys(LABELS, 1 / 7), abs=1e-6)
    assert "CC BY-NC 4.0" in card["licence"]
    parts = read_split(split)
    images = sum(len(parts[part]) for part in ("fold0", "fold2", "fold3", "fold4"))
    assert card["data"] == {"name": "HAM10000", "images": images, "split_sha256": sha256_of(split)}


def test_the_history_has_a_row_for_each_epoch_and_the_card_the_best(
    unbroken: tuple[Path, Artifact],
) -> None:
    run, written = unbroken
    history = history_of(run)
    assert [row["epoch"] for row in history] == [0, 1]
    assert all(math.isfinite(row["loss"]) for row in history)
    assert written.card["validation"] == max(history, key=lambda row: row["balanced_accuracy"])


def test_the_written_network_is_the_plain_one(unbroken: tuple[Path, Artifact]) -> None:
    _, written = unbroken
    model = keras.models.load_model(written.model_path)
    assert written.card["parameters"] == model.count_params() == small().count_params()
    # Nothing that augments, no optimiser.
    assert [type(layer) for layer in model.layers] == [type(layer) for layer in small().layers]
    assert not model.compiled


def stop_after_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = train._checkpoint

    def checkpoint_and_stop(*arguments: Any, **options: Any) -> None:
        checkpoint(*arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "_checkpoint", checkpoint_and_stop)


def test_a_resumed_training_equals_an_unbroken_one(
    unbroken: tuple[Path, Artifact],
    ham10000: Path,
    split: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        stop_after_an_epoch(patch)
        with pytest.raises(KeyboardInterrupt):
            train.train(RECIPE, ham10000, split, tmp_path, resume=False)
    assert len(history_of(tmp_path)) == 1
    train.train(RECIPE, ham10000, split, tmp_path, resume=True)

    run, _ = unbroken
    for resumed, whole in zip(history_of(tmp_path), history_of(run), strict=True):
        assert resumed == pytest.approx(whole, abs=1e-5)
    ends = zip(weights_of(tmp_path / "last.keras"), weights_of(run / "last.keras"), strict=True)
    assert max(float(np.abs(resumed - whole).max()) for resumed, whole in ends) < 1e-6


def test_mixed_precision_trains_in_16_bits_and_writes_32(
    ham10000: Path, split: Path, tmp_path: Path
) -> None:
    recipe = replace(RECIPE, epochs=1, mixed_precision=True)
    train.train(recipe, ham10000, split, tmp_path, resume=False)
    assert keras.mixed_precision.dtype_policy().name == "float32"
    trained = keras.models.load_model(tmp_path / "last.keras", compile=False)
    assert "mixed_bfloat16" in {layer.dtype_policy.name for layer in trained.layers}
    written = keras.models.load_model(read_artifact("small").model_path)
    assert {layer.dtype_policy.name for layer in written.layers} == {"float32"}


def test_a_broken_training_restores_the_policy(
    ham10000: Path, split: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(recipe: Recipe, steps: int) -> None:
        assert keras.mixed_precision.dtype_policy().name == "mixed_bfloat16"
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "_fresh", stop)
    recipe = replace(RECIPE, mixed_precision=True)
    with pytest.raises(KeyboardInterrupt):
        train.train(recipe, ham10000, split, tmp_path, resume=False)
    assert keras.mixed_precision.dtype_policy().name == "float32"


def test_the_best_epoch_is_written_even_if_it_recognises_nothing(
    ham10000: Path, split: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both epochs are as bad, so the first is the best; another run's weights are lying about.
    (tmp_path / "best.weights.h5").write_bytes(b"of another run")
    monkeypatch.setattr(train, "_validate", lambda *_: {"accuracy": 0.0, "balanced_accuracy": 0.0})
    train.train(RECIPE, ham10000, split, tmp_path, resume=False)
    written = read_artifact("small")
    assert written.card["validation"]["epoch"] == 0
    best = small()
    best.load_weights(tmp_path / "best.weights.h5")
    weights = weights_of(written.model_path)
    assert all(map(np.array_equal, weights, best.get_weights()))
    assert not all(map(np.array_equal, weights, weights_of(tmp_path / "last.keras")))


def test_a_fold_that_the_split_lacks_is_named(ham10000: Path, split: Path, tmp_path: Path) -> None:
    recipe = replace(RECIPE, validation_fold=5)
    with pytest.raises(DataError, match="no part 'fold5'"):
        train.train(recipe, ham10000, split, tmp_path, resume=False)
