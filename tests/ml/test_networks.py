from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import applications, layers

from ml.depthwise import ShiftedDepthwise
from ml.efficientnet_lite import SCALES, efficientnet_lite
from ml.ham10000 import DataError
from ml.labels import LABELS
from ml.networks import NETWORKS, in_precision
from ml.recipe import RECIPES, REFERENCE, Recipe
from ml.serving_graph import EMBEDDING, serving_graph
from tests.ml.pytorch_state import save, state_of

SIZE = 64
PIXELS = np.random.default_rng(0).uniform(0, 255, (2, 224, 224, 3))


@pytest.fixture(scope="module")
def alexnet() -> keras.Model:
    keras.utils.set_random_seed(0)
    return NETWORKS["alexnet"](REFERENCE)


@pytest.fixture(scope="module")
def backbones(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """For each network a file of weights as its backbone wants them, random but of its kind."""
    folder = tmp_path_factory.mktemp("backbones")
    keras.utils.set_random_seed(0)
    mobilenet = applications.MobileNet(
        alpha=0.75, include_top=False, weights=None, input_shape=(SIZE, SIZE, 3)
    )
    _lively(mobilenet).save_weights(folder / "mobilenet.weights.h5")
    inputs = keras.Input((224, 224, 3))
    x = layers.Conv2D(8, 3, strides=4, activation="relu")(layers.Rescaling(1 / 255)(inputs))
    keras.Model(inputs, layers.BatchNormalization()(x)).save(folder / "whole.keras")
    whole = str(folder / "whole.keras")
    lite = {name: str(folder / f"{name}.pth") for name in SCALES}
    for name, path in lite.items():
        save(Path(path), state_of(_lively(efficientnet_lite(name, SIZE, None))))
    return lite | {
        "mobilenet": str(folder / "mobilenet.weights.h5"),
        "mobilenetv2": whole,
        "resnet50v2": whole,
    }


def _lively(model: keras.Model) -> keras.Model:
    """Keras' own first values would let the features fade away."""
    rng = np.random.default_rng(0)
    for weight in model.trainable_weights:
        if len(weight.shape) == 4:
            inputs = weight.shape[:2] if weight.shape[-1] == 1 else weight.shape[:3]
            weight.assign(rng.normal(0, np.sqrt(2 / np.prod(inputs)), weight.shape))
    return model


def recipe_of(name: str, backbones: dict[str, str]) -> Recipe:
    if name == "alexnet":
        return REFERENCE
    return replace(RECIPES[name], size=SIZE, backbone=backbones[name])


def test_each_network_has_a_recipe() -> None:
    assert list(NETWORKS) == list(RECIPES)
    assert all(recipe.network == name for name, recipe in RECIPES.items())


def test_the_reference_network_has_its_parameters(alexnet: keras.Model) -> None:
    assert alexnet.count_params() == 2_983_559


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_takes_the_input_size_and_gives_the_seven(
    name: str, backbones: dict[str, str]
) -> None:
    recipe = recipe_of(name, backbones)
    network = NETWORKS[name](recipe)
    assert network.input_shape == (None, recipe.size, recipe.size, 3)
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


@pytest.mark.parametrize("name", NETWORKS)
def test_the_probabilities_are_float32_under_mixed_precision(
    name: str, backbones: dict[str, str]
) -> None:
    recipe = recipe_of(name, backbones)
    network = in_precision(NETWORKS[name](recipe), "mixed_bfloat16")
    assert {layer.compute_dtype for layer in network.layers[1:-1]} == {"bfloat16"}
    outputs = network(PIXELS[:, : recipe.size, : recipe.size], training=False)
    assert outputs.dtype == "float32"
    assert np.asarray(outputs).sum(axis=1) == pytest.approx(1, abs=1e-6)


def test_a_copy_in_another_precision_has_the_same_weights(alexnet: keras.Model) -> None:
    copy = in_precision(in_precision(alexnet, "mixed_bfloat16"), "float32")
    assert {layer.dtype_policy.name for layer in copy.layers} == {"float32"}
    assert np.array_equal(copy(PIXELS, training=False), alexnet(PIXELS, training=False))


def test_a_backbone_begins_with_its_pretrained_weights(backbones: dict[str, str]) -> None:
    """The features of Keras' own network, for pixels between −1 and 1, averaged over the image."""
    pretrained = applications.MobileNet(
        alpha=0.75, include_top=False, weights=None, input_shape=(SIZE, SIZE, 3)
    )
    pretrained.load_weights(backbones["mobilenet"])
    pixels = PIXELS[:, :SIZE, :SIZE]
    expected = np.asarray(pretrained(pixels / 127.5 - 1, training=False)).mean(axis=(1, 2))
    network = NETWORKS["mobilenet"](recipe_of("mobilenet", backbones))
    embedding = keras.Model(network.input, network.get_layer(EMBEDDING).output)
    assert np.allclose(embedding(pixels, training=False), expected, rtol=1e-3, atol=1e-4)
    assert np.ptp(expected) > 0.01


@pytest.mark.parametrize("name", ["mobilenet", "resnet50v2"])
def test_class_maps_add_up_to_the_logits(name: str, backbones: dict[str, str]) -> None:
    network = NETWORKS[name](recipe_of(name, backbones))
    bias = np.linspace(-1, 1, len(LABELS)).astype(np.float32)
    network.layers[-1].bias.assign(bias)
    outputs = serving_graph(network)(PIXELS[:, :SIZE, :SIZE].astype(np.float32))
    logits = np.asarray(outputs["class_maps"]).mean(axis=(1, 2)) + bias
    powers = np.exp(logits)
    expected = powers / powers.sum(axis=1, keepdims=True)
    assert np.allclose(outputs["probabilities"], expected, atol=1e-5)


@pytest.mark.parametrize("name", ["mobilenet", "mobilenetv2", "resnet50v2"])
def test_pretrained_weights_that_are_not_there_are_named(name: str, tmp_path: Path) -> None:
    recipe = replace(RECIPES[name], size=SIZE, backbone=str(tmp_path / "nowhere.keras"))
    with pytest.raises(DataError, match=r"There are no pretrained weights at .*nowhere\.keras"):
        NETWORKS[name](recipe)


@pytest.mark.parametrize("name", ["mobilenet", "efficientnet-lite0"])
def test_with_shifted_depthwise_convolutions_it_answers_the_same(
    name: str, backbones: dict[str, str]
) -> None:
    model = NETWORKS[name](recipe_of(name, backbones))
    shifted = in_precision(model, "float32", ShiftedDepthwise)
    assert any(isinstance(layer, ShiftedDepthwise) for layer in shifted.layers)
    pixels = PIXELS[:, :SIZE, :SIZE]
    assert np.allclose(shifted(pixels), model(pixels), atol=1e-4)
    plain = in_precision(shifted, "float32")
    assert not any(isinstance(layer, ShiftedDepthwise) for layer in plain.layers)
