from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from ml.ensemble import EnsembleError, ensemble, members_of
from ml.labels import LABELS
from ml.serving_graph import EMBEDDING, serving_graph


def member(size: int, cells: int, channels: int, seed: int) -> keras.Model:
    """A network like the pretrained ones: features, their average, one dense layer."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((size, size, 3))
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(channels, size // cells, strides=size // cells, activation="relu")(x)
    x = layers.GlobalAveragePooling2D(name=EMBEDDING)(x)
    network = keras.Model(inputs, layers.Dense(len(LABELS), activation="softmax")(x))
    network.layers[-1].bias.assign(np.linspace(-1, 1, len(LABELS)))
    return network


@pytest.fixture
def members() -> list[keras.Model]:
    return [member(8, 4, 5, seed=0), member(12, 3, 6, seed=1)]


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (3, 24, 24, 3)).astype(np.float32)


def averaged(pixels: np.ndarray, size: int) -> np.ndarray:
    side = pixels.shape[1] // size
    return pixels.reshape(len(pixels), size, side, size, side, 3).mean(axis=(2, 4))


def test_its_logits_are_the_mean_of_its_members_each_at_its_own_size(
    members: list[keras.Model], pixels: np.ndarray
) -> None:
    together = ensemble(members, "both")
    assert together.input_shape == (None, 24, 24, 3)
    each = [np.asarray(one(averaged(pixels, one.input_shape[1]))) for one in members]
    expected = np.sqrt(each[0] * each[1])
    expected /= expected.sum(axis=1, keepdims=True)
    assert np.allclose(together(pixels), expected, atol=1e-6)
    assert not np.allclose(each[0], each[1], atol=1e-2)


def test_its_class_maps_are_the_mean_and_its_embedding_that_of_all(
    members: list[keras.Model], pixels: np.ndarray
) -> None:
    outputs = serving_graph(ensemble(members, "both"))(pixels)
    first, second = (serving_graph(one)(averaged(pixels, one.input_shape[1])) for one in members)
    assert outputs["class_maps"].shape == (3, 4, 4, len(LABELS))
    resized = np.asarray(layers.Resizing(4, 4)(second["class_maps"]))
    assert np.allclose(
        outputs["class_maps"], (np.asarray(first["class_maps"]) + resized) / 2, atol=1e-5
    )
    assert outputs["embedding"].shape == (3, 11)
    for part, alone in ((slice(0, 5), first), (slice(5, 11), second)):
        direction = np.asarray(alone["embedding"])
        direction = direction / np.linalg.norm(direction, axis=1, keepdims=True)
        assert np.allclose(np.asarray(outputs["embedding"])[:, part], direction, atol=1e-5)


def test_it_is_saved_and_loaded_whole(
    members: list[keras.Model], pixels: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> None:
    together = ensemble(members, "both")
    path = tmp_path_factory.mktemp("ensemble") / "model.keras"
    together.save(path)
    loaded = keras.models.load_model(path, compile=False)
    assert len(members_of(loaded)) == 2
    assert np.allclose(loaded(pixels), together(pixels), atol=1e-6)


@pytest.mark.parametrize("sizes", [(8,), (224, 128)])
def test_networks_that_do_not_go_together_are_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(EnsembleError, match="there have to be two, and a size of at most 512"):
        ensemble([member(size, 4, 5, seed=0) for size in sizes], "none")


def test_a_member_without_maps_leaves_the_ensemble_without(members: list[keras.Model]) -> None:
    inputs = keras.Input((8, 8, 3))
    plain = keras.Model(inputs, layers.Dense(7, activation="softmax")(layers.Flatten()(inputs)))
    assert set(serving_graph(ensemble([members[0], plain], "mixed")).output) == {"probabilities"}


def test_a_loaded_one_gets_its_maps_whatever_its_layers_are_called(
    members: list[keras.Model], pixels: np.ndarray, tmp_path: Path
) -> None:
    """Keras counts its layers' names from 0 in each process: a saved network may hold them all."""
    keras.backend.clear_session()
    ensemble(members, "both").save(tmp_path / "model.keras")
    keras.backend.clear_session()
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False)
    assert serving_graph(loaded)(pixels)["class_maps"].shape == (3, 4, 4, len(LABELS))
