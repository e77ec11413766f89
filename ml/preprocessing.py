"""A photograph → the pixels that a network is given: the one function for training and serving."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.photographs import Source, open_photograph

Pixels: TypeAlias = npt.NDArray[np.uint8]


def to_pixels(photograph: Image.Image, size: int, width: int | None = None) -> Pixels:
    """The whole field of view of an RGB image, resized to `size` high and `width` wide.

    Returns uint8 of shape (size, width, 3), 0–255, as wide as high unless `width` is given. The
    aspect ratio is not kept: nothing at the rim of the lesion is cut away, and training saw the
    same.
    """
    extent = (width or size, size)
    resized = photograph.resize(extent, Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(resized, dtype=np.uint8)


def load_pixels(source: Source, size: int, width: int | None = None) -> Pixels:
    """Open a file and preprocess it; raises `InvalidPhotograph`. Shape (size, width, 3), uint8."""
    photograph = open_photograph(source, at_least=2 * max(size, width or size))
    return to_pixels(photograph, size, width)
