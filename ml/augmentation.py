"""Random views of training images: one affine map and, for some, one map of colours.

Stateless: the same seed gives the same views, so a resumed training sees what an unbroken one saw.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ml.preprocessing import Pixels

OTHER_CAMERAS = 2.0
"""How many times as far as those of a camera of the same make the colours of any other go."""


@dataclass(frozen=True)
class Augmentation:
    """`kept(size)`: (height, width) of the images in memory for views of `size` × `size`.

    `views(images, seed, size)`: float32 (batch, size, size, 3), for images (batch, height, width,
    3) of any dtype with pixels 0–255; `seed` is int64 of shape (2,). What comes in from beyond the
    edge is the image mirrored.
    """

    kept: Callable[[int], tuple[int, int]]
    views: Callable[[tf.Tensor, tf.Tensor, int], tf.Tensor]


class Move(NamedTuple):
    """Scaled, then turned, then shifted; each (batch,).

    A view's edge, 1 from its centre, lies `scale` pixels of the image from the image's centre.
    """

    angle: tf.Tensor
    scale_x: tf.Tensor
    scale_y: tf.Tensor
    shift_x: tf.Tensor
    shift_y: tf.Tensor


def reference_views(images: tf.Tensor, seed: tf.Tensor, size: int) -> tf.Tensor:
    """The reference's: any angle, a horizontal flip for half, ±10 % zoom, ±10 % shift."""
    draws = tf.random.stateless_uniform((6, tf.shape(images)[0]), seed)
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
    images: tf.Tensor, seed: tf.Tensor, size: int, *, colours: float = 1.0
) -> tf.Tensor:
    """As another examiner would have photographed the lesion, with another camera.

    Any angle, either side up, a window of 50 to 110 % of the field of view that lies anywhere in
    it, up to 10 % wider than high or the reverse; other brightness, contrast, white balance and
    saturation. The images are kept at the usual 4 : 3 and turned before they are squeezed to the
    network's square: the squeeze is across the photograph, whichever way the lesion lies.

    `colours`: how many times as far as a camera of the same make they go.
    """
    draws = tf.random.stateless_uniform((12, tf.shape(images)[0]), seed)
    half_height = tf.cast(tf.shape(images)[1], tf.float32) / 2
    zoom = tf.sqrt(_between(0.5, 1.1, draws[0]))
    stretch = tf.exp(_between(-0.05, 0.05, draws[1]))
    room = tf.maximum(1 - zoom, 0.05) * half_height
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
    draws = tf.random.stateless_uniform((6, len(pixels)), (seed, 0))
    recoloured = _recoloured(tf.cast(pixels, tf.float32), 0.5 + OTHER_CAMERAS * (draws - 0.5))
    whole: Pixels = np.rint(recoloured).astype(np.uint8)
    return whole


def _moved(images: tf.Tensor, size: int, move: Move) -> tf.Tensor:
    """Views of `size` × `size`, in one bilinear interpolation."""
    step = 2.0 / size
    # Output (x, y) is read from input (a·x + b·y + c, d·x + e·y + f).
    a, b = tf.cos(move.angle) * move.scale_x * step, -tf.sin(move.angle) * move.scale_y * step
    d, e = tf.sin(move.angle) * move.scale_x * step, tf.cos(move.angle) * move.scale_y * step
    extent = tf.cast(tf.shape(images)[1:3], tf.float32)
    middle = (size - 1) / 2
    c = (extent[1] - 1) / 2 - (a + b) * middle + move.shift_x
    f = (extent[0] - 1) / 2 - (d + e) * middle + move.shift_y
    zero = tf.zeros_like(a)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(images, tf.float32),
        transforms=tf.stack((a, b, c, d, e, f, zero, zero), axis=1),
        output_shape=(size, size),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )


def _recoloured(images: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    """One linear map of colours an image: white balance, saturation, contrast, brightness."""
    gains = tf.transpose(_between(0.93, 1.07, draws[:3]))  # (batch, 3): red, green, blue
    brightness = _between(0.9, 1.1, draws[3])
    contrast = _between(0.9, 1.1, draws[4])
    saturation = _between(0.85, 1.15, draws[5])[:, None, None]
    luma = tf.tile(tf.constant([[0.299], [0.587], [0.114]]), (1, 3))
    colours = saturation * tf.eye(3) + (1 - saturation) * luma
    colours *= gains[:, None, :] * (brightness * contrast)[:, None, None]
    offset = 127.5 * (1 - contrast)[:, None, None, None]
    return tf.clip_by_value(tf.einsum("bhwc,bcd->bhwd", images, colours) + offset, 0.0, 255.0)


def _between(low: float, high: float, draw: tf.Tensor) -> tf.Tensor:
    return low + (high - low) * draw


def _sign(draw: tf.Tensor) -> tf.Tensor:
    return tf.where(draw < 0.5, 1.0, -1.0)


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
