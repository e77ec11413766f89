"""Convolutional networks pretrained on ImageNet, without their last layers.

Each function gives (inputs, features): pixels (size, size, 3) as 0–255, and the last feature maps.
`weights` is `imagenet`, which Keras downloads, or a file: for `mobilenet` Keras' own weights
without top (`.weights.h5`), for `efficientnet-lite…` a state that PyTorch saved (`.pth`), for the
others a whole `.keras` network from raw pixels to features.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
from keras import applications, layers

from ml.efficientnet_lite import efficientnet_lite
from ml.ham10000 import DataError
from ml.recipe import IMAGENET

Tensors = tuple[keras.KerasTensor, keras.KerasTensor]


def mobilenet_features(size: int, weights: str) -> Tensors:
    """MobileNet 0.75 (Howard et al. 2017, arXiv:1704.04861)."""

    def build(**inputs: object) -> keras.Model:
        known = IMAGENET if weights == IMAGENET else None
        return applications.MobileNet(alpha=0.75, include_top=False, weights=known, **inputs)

    return _application(build, size, weights)


def mobilenetv2_features(size: int, weights: str) -> Tensors:
    """MobileNetV2 1.0 (Sandler et al. 2018, arXiv:1801.04381)."""
    if weights == IMAGENET:
        return _application(_keras_own(applications.MobileNetV2), size, weights)
    return _whole_network(size, weights)


def resnet50v2_features(size: int, weights: str) -> Tensors:
    """ResNet50 V2 (He et al. 2016, arXiv:1603.05027); a file may hold its first stages alone."""
    if weights == IMAGENET:
        return _application(_keras_own(applications.ResNet50V2), size, weights)
    return _whole_network(size, weights)


def efficientnet_lite_features(name: str) -> Callable[[int, str], Tensors]:
    """The network of that name in `ml.efficientnet_lite`; Keras has no weights to download."""

    def features(size: int, weights: str) -> Tensors:
        model = efficientnet_lite(name, size, _existing(weights))
        return model.input, model.output

    return features


def _keras_own(application: Callable[..., keras.Model]) -> Callable[..., keras.Model]:
    def build(**inputs: object) -> keras.Model:
        return application(include_top=False, weights=IMAGENET, **inputs)

    return build


def _application(build: Callable[..., keras.Model], size: int, weights: str) -> Tensors:
    """A network of `keras.applications` that wants its pixels between −1 and 1."""
    inputs = keras.Input((size, size, 3), name="pixels")
    model = build(input_tensor=layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    if weights != IMAGENET:
        alone = build(input_shape=(size, size, 3))
        alone.load_weights(_existing(weights))
        model.set_weights(alone.get_weights())
    return inputs, model.output


def _whole_network(size: int, weights: str) -> Tensors:
    """A network from a file, its input changed to `size`."""
    saved = keras.models.load_model(_existing(weights), compile=False)
    config = saved.get_config()
    for layer in config["layers"]:
        if layer["class_name"] == "InputLayer":
            layer["config"]["batch_shape"] = [None, size, size, 3]
    model = keras.Model.from_config(config)
    model.set_weights(saved.get_weights())
    return model.input, model.output


def _existing(path: str) -> Path:
    """Raises `DataError` where there is no such file."""
    if not Path(path).is_file():
        raise DataError(
            f"There are no pretrained weights at {path or 'an empty path'}: "
            f"name a file, or {IMAGENET} to let Keras download them."
        )
    return Path(path)
