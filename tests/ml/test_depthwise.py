from __future__ import annotations

import numpy as np
import pytest
from keras import layers

from ml.depthwise import ShiftedDepthwise


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("extent", [(8, 8), (9, 6), (33, 32)])
def test_it_answers_what_keras_own_layer_does(
    extent: tuple[int, int], kernel: int, stride: int, padding: str
) -> None:
    images = np.random.default_rng(0).normal(size=(2, *extent, 4)).astype(np.float32)
    plain = layers.DepthwiseConv2D(kernel, strides=stride, padding=padding, use_bias=False)
    expected = plain(images)
    shifted = ShiftedDepthwise.from_config(plain.get_config())
    shifted.build(images.shape)
    shifted.set_weights(plain.get_weights())
    assert np.allclose(shifted(images), expected, atol=1e-5)


def test_it_sums_in_32_bits_and_answers_in_16() -> None:
    layer = ShiftedDepthwise(3, padding="same", use_bias=False, dtype="mixed_bfloat16")
    images = np.full((1, 8, 8, 1), 1.0, np.float32)
    layer.build(images.shape)
    # In 16 bits, 256 and 1 would be 256 at each of the steps.
    layer.set_weights([np.array([256.0] + 8 * [1.0], np.float32).reshape(3, 3, 1, 1)])
    answer = layer(images)
    assert "bfloat16" in str(answer.dtype)
    assert float(np.asarray(answer, np.float32)[0, 4, 4, 0]) == 264.0
