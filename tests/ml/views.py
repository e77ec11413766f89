"""A program: the same views of the same images on Keras' backend, saved to a file."""

from __future__ import annotations

import sys

import numpy as np
from keras import ops

from ml.augmentation import AUGMENTATIONS, DRAWS


def main(path: str) -> None:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (8, 5, 7, 3), np.uint8)
    images = ops.convert_to_tensor(coarse.repeat(9, axis=1).repeat(9, axis=2))
    draws = ops.convert_to_tensor(rng.random((8, DRAWS), np.float32))
    views = [one.views(images, draws, 40) for one in AUGMENTATIONS.values()]
    np.save(path, np.stack([ops.convert_to_numpy(view) for view in views]))


if __name__ == "__main__":
    main(sys.argv[1])
