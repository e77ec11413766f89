"""Random views of training images: one affine map and, for some, one map of colours.

Functions of the numbers drawn, so that a resumed training sees what an unbroken one saw; the same
on TensorFlow and on JAX.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from ml.preprocessing import Pixels
from ml.resampling import resampled

DRAWS = 12
"""How many numbers a view takes at most."""
OTHER_CAMERAS = 2.0
"""How many times as far as those of a camera of the same make the colours of any other go."""


@dataclass(frozen=True)
class Augmentation:
    """`kept(size)`: (height, width) of the images in memory for views of `size` × `size`.

    `views(images, draws, size)`: float32 (batch, size, size, 3), for images (batch, height, width,
    3) of any dtype with pixels 0–255; `draws` is float32 (batch, `DRAWS`), even between 0 and 1.
    What comes in from beyond the edge is the image mirrored.
    """

    kept: Callable[[int], tuple[int, int]]
    views: Callable[[keras.KerasTensor, keras.KerasTensor, int], keras.KerasTensor]


class Move(NamedTuple):
    """Scaled, then turned, then shifted; each (batch,).

    A view's edge, 1 from its centre, lies `scale` pixels of the image from the image's centre.
    """

    angle: keras.KerasTensor
    scale_x: keras.KerasTensor
    scale_y: keras.KerasTensor
    shift_x: keras.KerasTensor
    shift_y: keras.KerasTensor


def reference_views(
    images: keras.KerasTensor, draws: keras.KerasTensor, size: int
) -> keras.KerasTensor:
    """The reference's: any angle, a horizontal flip for half, ±10 % zoom, ±10 % shift."""
    draws = ops.transpose(draws)
    extent = float(size)
    move = Move(
        angle=2 * math.pi * draws[0],
        scale_x=_between(0.9, 1.1, draws[2]) * _sign(draws[1]) * extent / 2,
        scale_y=_between(0.9, 1.1, draws[3]) * extent / 2,
        shift_x=_between(-0.1, 0.1, draws[4]) * extent,
        shift_y=_between(-0.1, 0.1, draws[5]) * extent,
    )
    return _moved(images, size, move)


def dermatoscope_views(
    images: keras.KerasTensor, draws: keras.KerasTensor, size: int, *, colours: float = 1.0
) -> keras.KerasTensor:
    """As another examiner would have photographed the lesion, with another camera.

    Any angle, either side up, a window of 50 to 110 % of the field of view that lies anywhere in
    it, up to 10 % wider than high or the reverse; other brightness, contrast, white balance and
    saturation. The images are kept at the usual 4 : 3 and turned before they are squeezed to the
    network's square: the squeeze is across the photograph, whichever way the lesion lies.

    `colours`: how many times as far as a camera of the same make they go.
    """
    draws = ops.transpose(draws)
    half_height = images.shape[1] / 2
    zoom = ops.sqrt(_between(0.5, 1.1, draws[0]))
    stretch = ops.exp(_between(-0.05, 0.05, draws[1]))
    room = ops.maximum(1 - zoom, 0.05) * half_height
    move = Move(
        angle=2 * math.pi * draws[2],
        scale_x=zoom * stretch * _sign(draws[3]) * half_height * 4 / 3,
        scale_y=zoom / stretch * half_height,
        shift_x=_between(-4 / 3, 4 / 3, draws[4]) * room,
        shift_y=_between(-1.0, 1.0, draws[5]) * room,
    )
    return _recoloured(_moved(images, size, move), 0.5 + colours * (draws[6:] - 0.5))


def in_other_colours(pixels: Pixels, seed: int) -> Pixels:
    """uint8 (n, height, width, 3), as other cameras would have taken each: nothing else changed."""
    draws = np.random.default_rng(seed).random((6, len(pixels)), np.float32)
    draws = ops.convert_to_tensor(0.5 + OTHER_CAMERAS * (draws - 0.5))
    recoloured = ops.convert_to_numpy(_recoloured(ops.cast(pixels, "float32"), draws))
    whole: Pixels = np.rint(recoloured).astype(np.uint8)
    return whole


def _moved(images: keras.KerasTensor, size: int, move: Move) -> keras.KerasTensor:
    """Views of `size` × `size`, in one bilinear interpolation."""
    step = 2.0 / size
    # Output (x, y) is read from input (a·x + b·y + c, d·x + e·y + f).
    a, b = ops.cos(move.angle) * move.scale_x * step, -ops.sin(move.angle) * move.scale_y * step
    d, e = ops.sin(move.angle) * move.scale_x * step, ops.cos(move.angle) * move.scale_y * step
    height, width = images.shape[1:3]
    middle = (size - 1) / 2
    c = (width - 1) / 2 - (a + b) * middle + move.shift_x
    f = (height - 1) / 2 - (d + e) * middle + move.shift_y
    return resampled(ops.cast(images, "float32"), ops.stack((a, b, c, d, e, f), axis=1), size)


def _recoloured(images: keras.KerasTensor, draws: keras.KerasTensor) -> keras.KerasTensor:
    """One linear map of colours an image: white balance, saturation, contrast, brightness.

    `draws`: (6, batch).
    """
    gains = ops.transpose(_between(0.93, 1.07, draws[:3]))  # (batch, 3): red, green, blue
    brightness = _between(0.9, 1.1, draws[3])
    contrast = _between(0.9, 1.1, draws[4])
    saturation = _between(0.85, 1.15, draws[5])[:, None, None]
    luma = np.array([[0.299], [0.587], [0.114]], np.float32).repeat(3, axis=1)
    colours = saturation * np.eye(3, dtype=np.float32) + (1 - saturation) * luma
    colours *= gains[:, None, :] * (brightness * contrast)[:, None, None]
    offset = 127.5 * (1 - contrast)[:, None, None, None]
    return ops.clip(ops.einsum("bhwc,bcd->bhwd", images, colours) + offset, 0.0, 255.0)


def _between(low: float, high: float, draw: keras.KerasTensor) -> keras.KerasTensor:
    return low + (high - low) * draw


def _sign(draw: keras.KerasTensor) -> keras.KerasTensor:
    return ops.where(draw < 0.5, 1.0, -1.0)


def _as_wide_as_high(size: int) -> tuple[int, int]:
    return size, size


def _with_room_to_zoom(size: int) -> tuple[int, int]:
    height = round(size * 8 / 7)
    return height, round(height * 4 / 3)


AUGMENTATIONS = {
    "reference": Augmentation(_as_wide_as_high, reference_views),
    "dermatoscope": Augmentation(_with_room_to_zoom, dermatoscope_views),
    "other-cameras": Augmentation(
        _with_room_to_zoom, partial(dermatoscope_views, colours=OTHER_CAMERAS)
    ),
}
