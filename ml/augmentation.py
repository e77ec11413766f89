"""Random views of a training image: one affine map (turn, flip, zoom, shift), one interpolation.

Stateless: the same seed gives the same views, so a resumed training sees what an unbroken one saw.
"""

from __future__ import annotations

import math

import tensorflow as tf

ZOOM = 0.1
SHIFT = 0.1


def augment(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Random views of `images` (batch, size, size, 3), any dtype; `seed` is int64 of shape (2,).

    A turn by any angle, a horizontal flip for half, ±10 % zoom, ±10 % shift; what comes in from
    beyond the edge is the image mirrored. Returns float32 of the same shape.
    """
    shape = tf.shape(images)
    batch, size = shape[0], shape[1]
    draws = tf.random.stateless_uniform((6, batch), seed)
    angle = draws[0] * (2 * math.pi)
    flip = tf.where(draws[1] < 0.5, 1.0, -1.0)
    zoom_x = 1 + ZOOM * (2 * draws[2] - 1)
    zoom_y = 1 + ZOOM * (2 * draws[3] - 1)
    extent = tf.cast(size, tf.float32)
    shift_x = SHIFT * extent * (2 * draws[4] - 1)
    shift_y = SHIFT * extent * (2 * draws[5] - 1)

    # Output (x, y) is read from input (a·x + b·y + c, d·x + e·y + f), about the image's centre.
    a, b = tf.cos(angle) * zoom_x * flip, -tf.sin(angle) * zoom_y
    d, e = tf.sin(angle) * zoom_x * flip, tf.cos(angle) * zoom_y
    centre = (extent - 1) / 2
    c = centre - (a + b) * centre + shift_x
    f = centre - (d + e) * centre + shift_y
    zero = tf.zeros_like(a)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(images, tf.float32),
        transforms=tf.stack((a, b, c, d, e, f, zero, zero), axis=1),
        output_shape=shape[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )
