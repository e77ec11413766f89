from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np
import pytest

from ml.labels import LABELS
from ml.networks import INPUT_SIZE, NETWORKS

PIXELS = np.random.default_rng(0).uniform(0, 255, (2, INPUT_SIZE, INPUT_SIZE, 3))


@pytest.fixture(scope="module")
def alexnet() -> keras.Model:
    keras.utils.set_random_seed(0)
    return NETWORKS["alexnet"]()


def test_the_reference_network_has_its_parameters(alexnet: keras.Model) -> None:
    assert alexnet.count_params() == 2_983_559


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_takes_the_input_size_and_gives_the_seven(name: str) -> None:
    network = NETWORKS[name]()
    assert network.input_shape == (None, INPUT_SIZE, INPUT_SIZE, 3)
    assert network.output_shape == (None, len(LABELS))


def test_the_outputs_are_probabilities(alexnet: keras.Model) -> None:
    outputs = np.asarray(alexnet(PIXELS, training=False))
    assert outputs.shape == (2, 7)
    assert outputs.min() >= 0
    assert outputs.sum(axis=1) == pytest.approx(1, abs=1e-6)


def test_pixels_of_0_to_255_are_scaled_by_the_network_itself(alexnet: keras.Model) -> None:
    scaled = alexnet.layers[1](PIXELS)
    assert np.allclose(scaled, PIXELS / 255, atol=1e-6)
    # Without the scaling, activations of this size saturate the softmax of a fresh network.
    assert np.asarray(alexnet(PIXELS, training=False)).max() < 0.9


@pytest.fixture
def mixed_precision() -> Iterator[None]:
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    yield
    keras.mixed_precision.set_global_policy("float32")


@pytest.mark.parametrize("name", NETWORKS)
def test_the_probabilities_are_float32_under_mixed_precision(
    name: str, mixed_precision: None
) -> None:
    outputs = NETWORKS[name]()(PIXELS, training=False)
    assert outputs.dtype == "float32"
    assert np.asarray(outputs).sum(axis=1) == pytest.approx(1, abs=1e-6)
