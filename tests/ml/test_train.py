from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from ml import checkpoints, train
from ml.artifact import Artifact, ArtifactError, read_artifact, sha256_of
from ml.checkpoints import alone_in
from ml.ham10000 import DataError, Record
from ml.images import Images
from ml.labels import LABELS
from ml.networks import NETWORKS
from ml.posterior import Calibration, parse_prior
from ml.publish import write_artifact
from ml.split import read_split, split_by_seed, write_split
from tests.ml.small_network import RECIPE, small
from tests.ml.trainings import history_of, run_training


@pytest.fixture(scope="module", autouse=True)
def small_is_a_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(NETWORKS, "small", small)
        yield


@pytest.fixture(scope="module")
def unbroken(
    ham10000: Path, split: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Artifact]:
    """A whole training of three epochs: its folder of checkpoints and its artefact."""
    run = tmp_path_factory.mktemp("unbroken")
    return run, run_training(ham10000, split, run)


def weights_of(path: Path) -> list[Any]:
    weights: list[Any] = keras.models.load_model(path, compile=False).get_weights()
    return weights


def test_a_training_writes_an_artefact_that_its_card_describes(
    unbroken: tuple[Path, Artifact], split: Path
) -> None:
    _, written = unbroken
    written.verify()
    names = {"card.json", "history.csv", "model.keras", "served.tflite", "trained_on.txt"}
    assert {path.name for path in written.folder.iterdir()} == names
    card = written.card
    assert card["recipe"] == asdict(RECIPE) | {"teachers": []}
    assert card["input_size"] == RECIPE.size
    assert card["labels"] == list(LABELS)
    assert card["training_prior"] == pytest.approx(dict.fromkeys(LABELS, 1 / 7), abs=1e-6)
    assert "CC BY-NC 4.0" in card["licence"]
    parts = read_split(split)
    training = [r for part in ("fold0", "fold2", "fold3", "fold4") for r in parts[part]]
    assert card["data"] == {
        "name": "HAM10000",
        "split": "lesion",
        "split_sha256": sha256_of(split),
        "training_images": len(training),
        "validation_images": len(parts["fold1"]),
    }
    assert written.trained_on() == {record.lesion_id for record in training}


def test_the_history_has_a_row_for_each_epoch_and_the_card_the_best(
    unbroken: tuple[Path, Artifact],
) -> None:
    run, written = unbroken
    history = history_of(run)
    assert [row["epoch"] for row in history] == [1, 2, 3]
    assert all(math.isfinite(value) for row in history for value in row.values())
    assert written.card["validation"] == max(history, key=lambda row: row["validation_accuracy"])
    assert (written.folder / "history.csv").read_bytes() == (run / "history.csv").read_bytes()


def test_the_written_network_is_the_plain_one(unbroken: tuple[Path, Artifact]) -> None:
    _, written = unbroken
    model = keras.models.load_model(written.model_path)
    assert written.card["parameters"] == model.count_params() == small(RECIPE).count_params()
    # Nothing that augments, no optimiser.
    assert [type(layer) for layer in model.layers] == [
        type(layer) for layer in small(RECIPE).layers
    ]
    assert not model.compiled


@pytest.mark.parametrize("last_step", ["epoch2.keras", "history.csv"])
def test_a_training_killed_around_its_second_checkpoint_goes_on_as_if_unbroken(
    last_step: str,
    unbroken: tuple[Path, Artifact],
    ham10000: Path,
    split: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write = checkpoints._replace

    def write_and_stop(path: Path, writer: Any) -> None:
        write(path, writer)
        if path.name == last_step and (tmp_path / "epoch2.keras").exists():
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "_replace", write_and_stop)
        with pytest.raises(KeyboardInterrupt):
            run_training(ham10000, split, tmp_path)
    run_training(ham10000, split, tmp_path, resume=True)

    run, _ = unbroken
    for resumed, whole in zip(history_of(tmp_path), history_of(run), strict=True):
        assert resumed == pytest.approx(whole, abs=1e-5)
    ends = zip(weights_of(tmp_path / "epoch3.keras"), weights_of(run / "epoch3.keras"), strict=True)
    assert max(float(np.abs(resumed - whole).max()) for resumed, whole in ends) < 1e-6


def test_only_what_is_needed_to_go_on_is_kept(unbroken: tuple[Path, Artifact]) -> None:
    run, _ = unbroken
    names = {"artifact", "begun.json", "best.weights.h5", "epoch3.keras", "history.csv", "lock"}
    assert {path.name for path in run.iterdir()} == names | {"validation.csv"}


def test_a_training_stops_when_it_gets_no_better_and_writes_its_best_epoch(
    ham10000: Path, split: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([0.2, 0.4, 0.4, 0.3, 0.9])
    monkeypatch.setattr(
        train, "_scores", lambda *_: {"validation_loss": 1.0, "validation_accuracy": next(scores)}
    )
    written = run_training(ham10000, split, tmp_path, epochs=9, patience=2)
    assert [row["validation_accuracy"] for row in history_of(tmp_path)] == [0.2, 0.4, 0.4, 0.3]
    assert written.card["validation"]["epoch"] == 2
    best = small(RECIPE)
    best.load_weights(tmp_path / "best.weights.h5")
    weights = weights_of(written.model_path)
    assert all(map(np.array_equal, weights, best.get_weights()))
    assert not all(map(np.array_equal, weights, weights_of(tmp_path / "epoch4.keras")))


def test_the_best_epoch_is_written_even_if_it_recognises_nothing(
    ham10000: Path, split: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every epoch is as bad, so the first is the best; another run's weights are lying about.
    (tmp_path / "best.weights.h5").write_bytes(b"of another run")
    monkeypatch.setattr(
        train, "_scores", lambda *_: {"validation_loss": 9.0, "validation_accuracy": 0.0}
    )
    written = run_training(ham10000, split, tmp_path)
    assert written.card["validation"]["epoch"] == 1


def test_validation_counts_every_class_as_often() -> None:
    # Four nevi, all recognised, and one melanoma that is not: balanced, half of the draws.
    labels = np.array([LABELS.index(label) for label in ("nv", "nv", "nv", "nv", "mel")])
    images = Images(np.zeros((5, 1, 1, 3), np.uint8), labels)

    says_nevus = np.tile(np.eye(len(LABELS))[LABELS.index("nv")], (5, 1))
    scores = train._scores(images, says_nevus, Calibration(parse_prior("uniform")))
    assert scores["validation_accuracy"] == 0.5
    assert scores["validation_loss"] == pytest.approx(-math.log(1e-7) / 2)


def test_a_second_round_begins_with_the_weights_of_the_first(
    unbroken: tuple[Path, Artifact], ham10000: Path, split: Path, tmp_path: Path
) -> None:
    first, _ = unbroken
    weights = first / "best.weights.h5"
    recipe = replace(RECIPE, initial_weights=weights)
    begins = train.fresh_network(recipe, steps=10).get_weights()
    best = small(RECIPE)
    best.load_weights(weights)
    assert all(map(np.array_equal, begins, best.get_weights()))
    second = run_training(ham10000, split, tmp_path, epochs=1, initial_weights=weights)
    assert second.card["recipe"]["initial_weights"] == sha256_of(weights)
    assert not all(map(np.array_equal, weights_of(second.model_path), begins))


def test_initial_weights_that_are_not_there_are_named(
    ham10000: Path, split: Path, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"There are no weights at .*nowhere\.h5"):
        run_training(ham10000, split, tmp_path, initial_weights=tmp_path / "nowhere.h5")


def test_a_training_is_not_overwritten(
    unbroken: tuple[Path, Artifact], ham10000: Path, split: Path
) -> None:
    run, _ = unbroken
    with pytest.raises(DataError, match="holds a training of 3 epochs: go on with --resume"):
        run_training(ham10000, split, run)


def test_a_training_goes_on_only_as_it_began(
    unbroken: tuple[Path, Artifact], ham10000: Path, split: Path
) -> None:
    run, _ = unbroken
    with pytest.raises(DataError, match=r"was begun with batch 32 \(now 16\), seed 3 \(now 4\)"):
        run_training(ham10000, split, run, resume=True, batch=16, seed=4)


def test_an_artefact_in_the_same_place_is_replaced_by_the_next_version(
    unbroken: tuple[Path, Artifact], ham10000: Path, split: Path, tmp_path: Path
) -> None:
    for version in ("1", "2"):
        recipe = replace(RECIPE, epochs=1)
        checkpoints = train.train(recipe, ham10000, split, tmp_path / version, resume=False)
        write_artifact(checkpoints, split, tmp_path / "small")
        written = read_artifact(str(tmp_path / "small"))
        written.verify()
        assert (written.name, written.version) == ("small", version)
    assert {path.name for path in tmp_path.iterdir()} == {"1", "2", "small"}


def test_a_version_in_the_folders_name_is_never_replaced(
    unbroken: tuple[Path, Artifact], ham10000: Path, split: Path, tmp_path: Path
) -> None:
    run, _ = unbroken
    checkpoints = train.train(RECIPE, ham10000, split, run, resume=True)
    write_artifact(checkpoints, split, tmp_path / "small-net-7")
    written = read_artifact(str(tmp_path / "small-net-7"))
    assert (written.name, written.version) == ("small-net", "7")
    before = (written.folder / "card.json").read_bytes()
    with pytest.raises(ArtifactError, match=r"small-net-7 is there, and a version never changes"):
        write_artifact(checkpoints, split, tmp_path / "small-net-7")
    assert (written.folder / "card.json").read_bytes() == before


def test_the_split_by_seed_trains_too(
    ham10000: Path, records: list[Record], tmp_path: Path
) -> None:
    path = tmp_path / "seed.csv"
    parts = split_by_seed(records)
    write_split(path, records, parts)
    written = run_training(ham10000, path, tmp_path / "run", epochs=1)
    assert written.card["data"]["split"] == "seed"
    for side in ("training", "validation"):
        part = {"training": "train", "validation": "validation"}[side]
        assert written.card["data"][f"{side}_images"] == list(parts.values()).count(part)


def test_mixed_precision_trains_in_16_bits_and_writes_32(
    ham10000: Path, split: Path, tmp_path: Path
) -> None:
    written = run_training(ham10000, split, tmp_path, epochs=1, mixed_precision=True)
    assert keras.mixed_precision.dtype_policy().name == "float32"
    trained = keras.models.load_model(tmp_path / "epoch1.keras", compile=False)
    assert "mixed_bfloat16" in {layer.dtype_policy.name for layer in trained.layers}
    model = keras.models.load_model(written.model_path)
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}


def test_a_folder_in_which_another_training_is_at_work_is_left_alone(
    ham10000: Path, split: Path, tmp_path: Path
) -> None:
    with (
        alone_in(tmp_path),
        pytest.raises(DataError, match=f"Another training is at work in {tmp_path}"),
    ):
        run_training(ham10000, split, tmp_path)
    assert history_of(run_training(ham10000, split, tmp_path, epochs=1).folder)


def test_a_finished_training_is_published_again_without_its_images(
    unbroken: tuple[Path, Artifact], split: Path, tmp_path: Path
) -> None:
    run, first = unbroken
    checkpoints = train.train(RECIPE, tmp_path / "nowhere", split, run, resume=True)
    write_artifact(checkpoints, split, tmp_path / "again")
    again = read_artifact(str(tmp_path / "again"))
    assert all(map(np.array_equal, weights_of(again.model_path), weights_of(first.model_path)))


def test_a_fold_that_the_split_lacks_is_named(ham10000: Path, split: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no part 'fold5'"):
        run_training(ham10000, split, tmp_path, validation_fold=5)
