"""A Keras network with everything that is served: probabilities, embedding, class maps."""

from __future__ import annotations

import keras
from keras import layers, ops

from ml.ensemble import as_seen_by, members_of

EMBEDDING = "embedding"
"""The layer that averages the last feature maps over the image; networks without it work too."""


def serving_graph(model: keras.Model) -> keras.Model:
    """The same network, answering a dictionary.

    It holds `probabilities` (n, 7) and, where the network has an `EMBEDDING` layer before its one
    dense layer, `embedding` (n, k) and `class_maps` (n, height, width, 7): how much each place of
    the last feature maps adds to each class's logit. Their mean over the image is that logit less
    its bias (class activation maps, Zhou et al. 2016, arXiv:1512.04150; for such a network
    Grad-CAM gives the same up to a factor).

    Of an ensemble the embeddings stand beside each other, each of length 1, and the maps are the
    members' mean, as its logits are.
    """
    outputs = {"probabilities": model.output}
    if members := members_of(model):
        outputs |= _of_all(model, [serving_graph(member) for member in members])
    elif any(layer.name == EMBEDDING for layer in model.layers):
        outputs |= _embedding_and_maps(model)
    return keras.Model(model.input, outputs)


def _embedding_and_maps(model: keras.Model) -> dict[str, keras.KerasTensor]:
    pooling = model.get_layer(EMBEDDING)
    dense = next(layer for layer in reversed(model.layers) if isinstance(layer, layers.Dense))
    return {
        "embedding": pooling.output,
        "class_maps": ops.matmul(pooling.input, dense.kernel),
    }


def _of_all(model: keras.Model, graphs: list[keras.Model]) -> dict[str, keras.KerasTensor]:
    # Names of their own: those that Keras gives might be a saved network's already.
    seen = [graph(as_seen_by(graph, model.input, f"seen{i}")) for i, graph in enumerate(graphs)]
    if not all("class_maps" in one for one in seen):
        return {}
    finest = max((one["class_maps"].shape[1:3] for one in seen), key=lambda cells: cells[0])
    maps = [
        layers.Resizing(*finest, name=f"maps{i}")(one["class_maps"]) for i, one in enumerate(seen)
    ]
    directions = [
        layers.UnitNormalization(name=f"direction{i}")(one["embedding"])
        for i, one in enumerate(seen)
    ]
    return {
        "embedding": layers.Concatenate(name="directions")(directions),
        "class_maps": layers.Average(name="maps")(maps),
    }
