"""A photograph → the pixels that a network is given: the one function for training and serving."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.photographs import Source, open_photograph

Pixels: TypeAlias = npt.NDArray[np.uint8]


def to_pixels(photograph: Image.Image, size: int) -> Pixels:
    """The whole field of view of an RGB image, resized to `size` × `size`.

    Returns uint8 of shape (size, size, 3), 0–255. The aspect ratio is not kept: nothing at the
    rim of the lesion is cut away, and training saw the same.
    """
    resized = photograph.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(resized, dtype=np.uint8)


def load_pixels(source: Source, size: int) -> Pixels:
    """Open a file and preprocess it; raises `InvalidPhotograph`. Shape (size, size, 3), uint8."""
    return to_pixels(open_photograph(source, at_least=2 * size), size)
