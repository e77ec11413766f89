"""The networks by name. Each takes float pixels 0–255 and scales them itself."""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers

from ml.backbones import (
    efficientnet_lite_features,
    mobilenet_features,
    mobilenetv2_features,
    resnet50v2_features,
)
from ml.efficientnet_lite import SCALES
from ml.labels import LABELS
from ml.recipe import Recipe
from ml.serving_graph import EMBEDDING

Features = Callable[[int, str], tuple[keras.KerasTensor, keras.KerasTensor]]


def alexnet(recipe: Recipe) -> keras.Model:
    """The reference network: AlexNet-like, 2,983,559 parameters at 224 pixels.

    Input (batch, size, size, 3) pixels 0–255; output (batch, 7) probabilities in `LABELS`' order.
    """
    inputs = keras.Input((recipe.size, recipe.size, 3), name="pixels")
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(96, 11, strides=4)(x)
    x = layers.MaxPooling2D(3, strides=2)(layers.BatchNormalization()(x))
    x = layers.Conv2D(128, 5, padding="same")(x)
    x = layers.MaxPooling2D(3, strides=2)(layers.BatchNormalization()(x))
    x = layers.Conv2D(384, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(384, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(128, 3, padding="same")(x)
    x = layers.MaxPooling2D(3, strides=2)(layers.BatchNormalization()(x))
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dense(128, activation="relu")(x)
        x = layers.Dropout(0.5)(x)
    outputs = layers.Dense(len(LABELS), activation="softmax")(x)
    return keras.Model(inputs, outputs, name="alexnet")


def pretrained(features_of: Features) -> Callable[[Recipe], keras.Model]:
    """A network of a pretrained backbone, all of it to be trained, and one dense layer.

    Input and output as `alexnet`'s. The features' mean over the image is the layer `EMBEDDING`.
    """

    def network(recipe: Recipe) -> keras.Model:
        inputs, features = features_of(recipe.size, recipe.backbone)
        x = layers.GlobalAveragePooling2D(name=EMBEDDING)(features)
        x = layers.Dropout(0.2)(x)
        outputs = layers.Dense(len(LABELS), activation="softmax", name="probabilities")(x)
        return keras.Model(inputs, outputs, name=recipe.network)

    return network


NETWORKS: dict[str, Callable[[Recipe], keras.Model]] = {
    "alexnet": alexnet,
    "mobilenet": pretrained(mobilenet_features),
    "mobilenetv2": pretrained(mobilenetv2_features),
    "resnet50v2": pretrained(resnet50v2_features),
} | {name: pretrained(efficientnet_lite_features(name)) for name in SCALES}


def in_precision(
    model: keras.Model,
    policy: str,
    depthwise: type[layers.DepthwiseConv2D] = layers.DepthwiseConv2D,
) -> keras.Model:
    """A copy with the same weights that computes under a dtype policy, such as `mixed_bfloat16`.

    Its last layer stays float32: a softmax in 16 bits loses the small classes. Its depthwise
    convolutions are layers of the type given.
    """

    def copied(layer: keras.Layer) -> keras.Layer:
        config = layer.get_config()
        if not isinstance(layer, layers.InputLayer):
            config["dtype"] = "float32" if layer is model.layers[-1] else policy
        kind = depthwise if isinstance(layer, layers.DepthwiseConv2D) else type(layer)
        return kind.from_config(config)

    copy = keras.models.clone_model(model, clone_function=copied)
    copy.set_weights(model.get_weights())
    return copy
