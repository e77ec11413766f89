"""Networks that grew out of one another as one of the same size and speed: their mean weights.

Model soups (Wortsman et al. 2022, arXiv:2203.05482): where one training began with another's
weights, what lies between them is often better than either.
"""

from __future__ import annotations

import keras
import numpy as np


class AverageError(ValueError):
    """The networks have no mean; the message says why."""


def average(members: list[keras.Model], size: int, name: str) -> keras.Model:
    """One network for inputs of `size` × `size`, whichever its members were trained at.

    Raises `AverageError` where the weights are not of the same shapes.
    """
    weights = [member.get_weights() for member in members]
    shapes = [[one.shape for one in of_member] for of_member in weights]
    if len(members) < 2 or any(other != shapes[0] for other in shapes):
        raise AverageError("There have to be two networks or more, alike in every layer.")
    config = members[0].get_config()
    for layer in config["layers"]:
        if layer["class_name"] == "InputLayer":
            layer["config"]["batch_shape"] = [None, size, size, 3]
    model = keras.Model.from_config(config | {"name": name})
    model.set_weights([np.mean(of_one, axis=0) for of_one in zip(*weights, strict=True)])
    return model
