"""An affine map of images, on whichever backend Keras computes.

Keras has such a map, which cannot change the images' size.
"""

from __future__ import annotations

import keras


def resampled(images: keras.KerasTensor, maps: keras.KerasTensor, size: int) -> keras.KerasTensor:
    """Views (batch, size, size, 3) of float32 images (batch, height, width, 3), bilinear.

    `maps`, (batch, 6), are a … f: a view's pixel (x, y) is the image's at (a·x + b·y + c,
    d·x + e·y + f). Beyond its edge an image goes on mirrored.
    """
    on = _on_jax if keras.backend.backend() == "jax" else _on_tensorflow
    return on(images, maps, size)


def _on_tensorflow(
    images: keras.KerasTensor, maps: keras.KerasTensor, size: int
) -> keras.KerasTensor:
    import tensorflow as tf

    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.pad(maps, ((0, 0), (0, 2))),
        output_shape=(size, size),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )


def _on_jax(images: keras.KerasTensor, maps: keras.KerasTensor, size: int) -> keras.KerasTensor:
    import jax
    from jax import numpy as jnp
    from jax.scipy.ndimage import map_coordinates

    y, x = jnp.mgrid[:size, :size]

    def view(image: jax.Array, numbers: jax.Array) -> jax.Array:
        a, b, c, d, e, f = numbers
        places = [d * x + e * y + f, a * x + b * y + c]
        channels = [map_coordinates(image[..., i], places, 1, mode="reflect") for i in range(3)]
        return jnp.stack(channels, axis=-1)

    return jax.vmap(view)(images, maps)
