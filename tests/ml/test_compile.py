from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from ml import compile as compiling
from ml import served_network
from ml.artifact import CARD, MODEL, SERVED, ArtifactError, read_artifact, sha256_of, write_card
from ml.compile import DYNAMIC_INT8, FLOAT32, MAX_DIFFERENCE, compile_artifact, convert
from ml.labels import LABELS
from ml.served_network import MAX_COPIES, ServedNetwork
from ml.serving_graph import EMBEDDING, serving_graph

SIZE = 16


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((SIZE, SIZE, 3))
    # As many weights as 8 bits are thought to be worth it for.
    x = layers.Conv2D(64, 3, strides=2, activation="relu")(layers.Rescaling(1 / 255)(inputs))
    x = layers.GlobalAveragePooling2D(name=EMBEDDING)(layers.BatchNormalization()(x))
    return keras.Model(inputs, layers.Dense(len(LABELS), activation="softmax")(x))


@pytest.fixture
def folder(network: keras.Model, tmp_path: Path) -> Path:
    """An artefact that is not compiled yet."""
    folder = tmp_path / "mine"
    folder.mkdir()
    network.save(folder / MODEL)
    card: dict[str, Any] = {"name": "mine", "version": "1", "labels": list(LABELS)}
    write_card(folder, card | {"input_size": SIZE, "sha256": sha256_of(folder / MODEL)})
    return folder


@pytest.mark.parametrize("cores", [1, 3])
def test_a_compiled_network_answers_what_keras_does(
    network: keras.Model, folder: Path, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETWORK_THREADS", str(cores))
    compile_artifact(folder)
    served = ServedNetwork(folder / SERVED, SIZE)
    pixels = np.random.default_rng(1).integers(0, 256, (33, SIZE, SIZE, 3), np.uint8)
    expected = serving_graph(network)(pixels.astype(np.float32))
    for n in (1, 33, 2, 3):
        outputs = served(pixels[:n])
        assert set(outputs) == {"probabilities", "embedding", "class_maps"}
        for name, found in outputs.items():
            assert found.dtype == np.float32
            assert np.allclose(found, np.asarray(expected[name])[:n], atol=1e-5)


def test_its_card_describes_it(folder: Path) -> None:
    compile_artifact(folder)
    artifact = read_artifact(f"{folder}/")
    artifact.verify()
    assert artifact.card["served"]["sha256"] == sha256_of(folder / SERVED)
    assert artifact.card["served"]["form"] == FLOAT32
    assert artifact.card["served"]["largest_difference"] < MAX_DIFFERENCE[FLOAT32]
    assert {path.name for path in folder.iterdir()} == {CARD, MODEL, SERVED}


def test_one_that_answers_something_else_is_not_kept(
    folder: Path, network: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = keras.models.clone_model(network)  # with weights of its own
    content = convert(other)
    monkeypatch.setattr(compiling, "convert", lambda *_: content)
    with pytest.raises(ArtifactError, match="compiled, its probabilities are off by"):
        compile_artifact(folder)
    assert not (folder / SERVED).exists()
    assert "served" not in json.loads((folder / CARD).read_text())


def test_in_8_bits_it_is_smaller_and_answers_nearly_the_same(
    network: keras.Model, folder: Path
) -> None:
    compile_artifact(folder)
    whole = ServedNetwork(folder / SERVED, SIZE)
    compile_artifact(folder, DYNAMIC_INT8)
    served = ServedNetwork(folder / SERVED, SIZE)
    card = read_artifact(f"{folder}/").card["served"]
    assert card["form"] == DYNAMIC_INT8
    assert 0 < card["largest_difference"] < MAX_DIFFERENCE[DYNAMIC_INT8]
    pixels = np.random.default_rng(1).integers(0, 256, (11, SIZE, SIZE, 3), np.uint8)
    together, exact = served(pixels)["probabilities"], whole(pixels)["probabilities"]
    assert 0 < np.abs(together - exact).max() < 0.02
    # Each photograph by its own range: what comes with it changes nothing.
    alone = np.concatenate([served(one[None])["probabilities"] for one in pixels])
    assert np.array_equal(alone, together)


def test_what_was_fitted_to_one_form_does_not_stay_with_another(folder: Path) -> None:
    compile_artifact(folder)
    card = read_artifact(f"{folder}/").card
    write_card(folder, card | {"calibration": {"temperature": 2.0}, "metrics": {}})
    compile_artifact(folder)
    assert {"calibration", "metrics"} <= set(read_artifact(f"{folder}/").card)
    compile_artifact(folder, DYNAMIC_INT8)
    assert not {"calibration", "metrics"} & set(read_artifact(f"{folder}/").card)


def test_a_network_without_an_average_answers_probabilities_alone(tmp_path: Path) -> None:
    inputs = keras.Input((SIZE, SIZE, 3))
    plain = keras.Model(inputs, layers.Dense(7, activation="softmax")(layers.Flatten()(inputs)))
    (tmp_path / SERVED).write_bytes(convert(plain))
    outputs = ServedNetwork(tmp_path / SERVED, SIZE)(np.zeros((2, SIZE, SIZE, 3), np.uint8))
    assert {name: array.shape for name, array in outputs.items()} == {"probabilities": (2, 7)}


@pytest.mark.parametrize(
    ("cores", "threads"),
    [(1, [1]), (2, [2, 1, 1]), (MAX_COPIES * 2 + 1, [MAX_COPIES * 2 + 1, *MAX_COPIES * [2]])],
)
def test_one_copy_has_all_cores_that_the_environment_grants_the_others_share_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch, cores: int, threads: list[int]
) -> None:
    compile_artifact(folder)
    asked: list[int] = []
    real = served_network.Interpreter

    def interpreter(path: str, num_threads: int) -> Any:
        asked.append(num_threads)
        return real(path, num_threads=num_threads)

    monkeypatch.setattr("ml.served_network.Interpreter", interpreter)
    monkeypatch.setenv("NETWORK_THREADS", str(cores))
    ServedNetwork(folder / SERVED, SIZE)
    assert asked == threads
