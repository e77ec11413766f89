"""EfficientNet-Lite: EfficientNet (Tan & Le 2019, arXiv:1905.11946) for processors without much.

No squeeze-and-excitation, ReLU6 instead of swish, stem and last convolution of one width in all
sizes: every operation is fast on a CPU and can be done in 8 bits. `keras.applications` has none.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import keras
from keras import layers

from ml.pytorch_file import Arrays, read_state


class Stage(NamedTuple):
    """Blocks of one width; only the first of them has the stride."""

    filters: int
    blocks: int
    kernel: int
    stride: int
    expansion: int


STAGES = (
    Stage(16, 1, 3, 1, 1),
    Stage(24, 2, 3, 2, 6),
    Stage(40, 2, 5, 2, 6),
    Stage(80, 3, 3, 2, 6),
    Stage(112, 3, 5, 1, 6),
    Stage(192, 4, 5, 2, 6),
    Stage(320, 1, 3, 1, 6),
)
SCALES = {"efficientnet-lite0": (1.0, 1.0), "efficientnet-lite2": (1.1, 1.2)}
"""How many times as wide and as deep as the smallest."""


def efficientnet_lite(name: str, size: int, weights: Path | None) -> keras.Model:
    """From raw pixels 0–255, (n, size, size, 3), to (n, ⌈size/32⌉, ⌈size/32⌉, 1280) features.

    `weights`: a state that PyTorch saved; its last layer, of ImageNet's classes, is left out.
    """
    wider, deeper = SCALES[name]
    inputs = keras.Input((size, size, 3), name="pixels")
    x = layers.Rescaling(1 / 128, offset=-127 / 128)(inputs)
    x = _convolution(x, 32, 3, stride=2)
    for number, stage in enumerate(STAGES):
        # The first and the last stage are as deep in all sizes.
        once = number in (0, len(STAGES) - 1)
        blocks = stage.blocks if once else math.ceil(stage.blocks * deeper)
        filters = _whole_eights(stage.filters * wider)
        for block in range(blocks):
            x = _block(x, stage, filters, stage.stride if block == 0 else 1)
    model = keras.Model(inputs, _convolution(x, 1280, 1), name=name)
    if weights:
        _set_weights(model, read_state(weights))
    return model


def _block(x: keras.KerasTensor, stage: Stage, filters: int, stride: int) -> keras.KerasTensor:
    """An inverted residual (Sandler et al. 2018, arXiv:1801.04381)."""
    inside = x
    if stage.expansion > 1:
        inside = _convolution(x, x.shape[-1] * stage.expansion, 1)
    inside = layers.DepthwiseConv2D(stage.kernel, strides=stride, padding="same", use_bias=False)(
        inside
    )
    inside = _normalised(inside)
    inside = layers.Conv2D(filters, 1, use_bias=False)(inside)
    inside = layers.BatchNormalization(momentum=0.99, epsilon=1e-3)(inside)
    same = stride == 1 and x.shape[-1] == filters
    return layers.Add()([x, inside]) if same else inside


def _convolution(
    x: keras.KerasTensor, filters: int, kernel: int, stride: int = 1
) -> keras.KerasTensor:
    convolution = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False)
    return _normalised(convolution(x))


def _normalised(x: keras.KerasTensor) -> keras.KerasTensor:
    x = layers.BatchNormalization(momentum=0.99, epsilon=1e-3)(x)
    return layers.ReLU(max_value=6)(x)


def _whole_eights(filters: float) -> int:
    """The nearest multiple of 8 that is not more than a tenth below."""
    nearest = max(8, int(filters + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * filters else nearest


def _set_weights(model: keras.Model, state: Arrays) -> None:
    """PyTorch keeps kernels as (out, in, height, width), depthwise ones as (channels, 1, …)."""
    arrays = iter([one for name, one in state.items() if "num_batches" not in name])
    for layer in model.layers:
        if layer.weights:
            given = [next(arrays) for _ in layer.weights]
            if isinstance(layer, layers.DepthwiseConv2D):
                given = [given[0].transpose(2, 3, 0, 1)]
            elif isinstance(layer, layers.Conv2D):
                given = [given[0].transpose(2, 3, 1, 0)]
            layer.set_weights(given)
