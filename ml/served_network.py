"""A Keras network as it is called while serving: one compiled function, several outputs."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf

EMBEDDING = "embedding"
"""The layer that averages the last feature maps over the image; networks without it work too."""

Served = Callable[[tf.Tensor], dict[str, tf.Tensor]]


def served_network(model: keras.Model, size: int) -> Served:
    """A function of uint8 (n, size, size, 3), traced once for every n.

    It returns `probabilities` (n, 7) and, where the network has an `EMBEDDING` layer before its one
    dense layer, `embedding` (n, k) and `class_maps` (n, height, width, 7): how much each place of
    the last feature maps adds to each class's logit. Their mean over the image is that logit less
    its bias (class activation maps, Zhou et al. 2016, arXiv:1512.04150; for such a network
    Grad-CAM gives the same up to a factor).
    """
    graph = _with_class_maps(model) if _averages_its_features(model) else model

    @tf.function(input_signature=[tf.TensorSpec((None, size, size, 3), tf.uint8)])
    def call(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = graph(tf.cast(pixels, tf.float32), training=False)
        return outputs if isinstance(outputs, dict) else {"probabilities": outputs}

    served: Served = call
    return served


def _averages_its_features(model: keras.Model) -> bool:
    return any(layer.name == EMBEDDING for layer in model.layers)


def _with_class_maps(model: keras.Model) -> keras.Model:
    pooling = model.get_layer(EMBEDDING)
    dense = next(layer for layer in reversed(model.layers) if isinstance(layer, keras.layers.Dense))
    return keras.Model(
        model.inputs,
        {
            "probabilities": model.output,
            "embedding": pooling.output,
            "class_maps": keras.ops.matmul(pooling.input, dense.kernel),
        },
    )
