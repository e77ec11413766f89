from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from ml.augmentation import augment

SIZE = 48


def views(images: npt.NDArray[Any], *seed: int) -> npt.NDArray[np.float32]:
    result: npt.NDArray[np.float32] = augment(tf.constant(images), tf.constant(seed, tf.int64))
    return np.asarray(result)


def noise(batch: int = 6) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(40, 200, (batch, SIZE, SIZE, 3), dtype=np.uint8)


def test_views_are_floats_of_the_images_shape() -> None:
    for images in (noise(), noise().astype(np.float32), noise(1)):
        result = views(images, 1, 2)
        assert result.shape == images.shape
        assert result.dtype == np.float32


def test_the_same_seed_gives_the_same_views() -> None:
    assert np.array_equal(views(noise(), 1, 2), views(noise(), 1, 2))


def test_another_seed_gives_other_views() -> None:
    first = views(noise(), 1, 2)
    assert not np.array_equal(first, views(noise(), 1, 3))
    assert not np.array_equal(first, views(noise(), 2, 2))


def test_each_image_of_a_batch_is_moved_in_its_own_way() -> None:
    images = np.repeat(noise(1), 4, axis=0)
    result = views(images, 3, 4)
    for one in range(4):
        for other in range(one):
            assert not np.allclose(result[one], result[other], atol=5)


def test_values_stay_in_the_images_range() -> None:
    for seed in range(5):
        result = views(noise(), seed, 0)
        assert result.min() >= 40
        assert result.max() < 200


def test_what_comes_in_from_beyond_the_edge_is_mirrored_not_black() -> None:
    images = np.full((32, SIZE, SIZE, 3), 137, np.uint8)
    assert np.allclose(views(images, 5, 6), 137, atol=1e-3)


def test_the_pixels_really_move() -> None:
    images = noise(16)
    moved = np.abs(views(images, 7, 8) - images).mean(axis=(1, 2, 3))
    assert moved.min() > 10


def test_the_lesion_stays_in_view() -> None:
    # A disc in the centre keeps its area within the zoom, so nothing has been turned out of view.
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    disc = np.where(np.hypot(x, y) < SIZE / 5, 200.0, 0.0).astype(np.float32)
    images = np.repeat(disc[None, :, :, None], 64, axis=0).repeat(3, axis=3)
    area = views(images, 9, 10).sum(axis=(1, 2, 3)) / images[0].sum()
    assert area.min() > 0.75  # 1 / 1.1² is 0.83
    assert area.max() < 1.3  # 1 / 0.9² is 1.23


def handedness(image: npt.NDArray[Any]) -> float:
    """On which side of the bright disc the dim one lies, seen from the centre: its sign."""
    value = image[..., 0].astype(float)
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    bright, dim = value * (value > 150), value * ((value > 60) & (value < 120))
    (bx, by), (dx, dy) = (((x * m).sum(), (y * m).sum()) for m in (bright, dim))
    return float(np.sign(bx * dy - by * dx))


def test_about_half_of_the_views_are_mirrored() -> None:
    image = np.zeros((SIZE, SIZE, 3), np.float32)
    image[20:28, 34:42] = 200
    image[34:42, 20:28] = 90
    result = views(np.repeat(image[None], 200, axis=0), 11, 12)
    kept = sum(handedness(view) == handedness(image) for view in result)
    assert 60 < kept < 140


def test_every_angle_occurs() -> None:
    image = np.zeros((SIZE, SIZE, 3), np.float32)
    image[20:28, 36:44] = 200
    result = views(np.repeat(image[None], 200, axis=0), 13, 14)[..., 0]
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    angles = np.arctan2((result * y).sum(axis=(1, 2)), (result * x).sum(axis=(1, 2)))
    assert np.histogram(angles, bins=8, range=(-np.pi, np.pi))[0].min() > 5
