from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from keras import ops

from ml import augmentation
from ml.augmentation import AUGMENTATIONS, DRAWS, dermatoscope_views, reference_views

SIZE = 48


def drawn(images: npt.NDArray[Any], *seed: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(seed).random((len(images), DRAWS), np.float32)


def views(images: npt.NDArray[Any], *seed: int) -> npt.NDArray[np.float32]:
    result = reference_views(
        ops.convert_to_tensor(images), ops.convert_to_tensor(drawn(images, *seed)), SIZE
    )
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


def dermatoscope(images: npt.NDArray[Any], *seed: int) -> npt.NDArray[np.float32]:
    draws = ops.convert_to_tensor(drawn(images, *seed))
    return np.asarray(dermatoscope_views(ops.convert_to_tensor(images), draws, SIZE))


def kept_noise(batch: int = 6) -> npt.NDArray[np.uint8]:
    height, width = AUGMENTATIONS["dermatoscope"].kept(SIZE)
    return np.random.default_rng(0).integers(0, 256, (batch, height, width, 3), dtype=np.uint8)


def test_dermatoscope_views_are_square_stateless_and_in_range() -> None:
    result = dermatoscope(kept_noise(), 1, 2)
    assert result.shape == (6, SIZE, SIZE, 3)
    assert result.dtype == np.float32
    assert result.min() >= 0
    assert result.max() <= 255
    assert np.array_equal(result, dermatoscope(kept_noise(), 1, 2))
    assert not np.array_equal(result, dermatoscope(kept_noise(), 1, 3))


def test_a_lesion_is_squeezed_across_the_photograph_whichever_way_it_lies() -> None:
    """A disc becomes higher than wide, by 4 : 3 give or take the stretch, at every angle."""
    height, width = AUGMENTATIONS["dermatoscope"].kept(SIZE)
    y, x = np.mgrid[:height, :width]
    disc = np.hypot(x - (width - 1) / 2, y - (height - 1) / 2) < height / 6
    images = np.repeat(np.where(disc, 200, 20).astype(np.uint8)[None, :, :, None], 64, axis=0)
    inside = dermatoscope(images.repeat(3, axis=3), 3, 4)[..., 0] > 110
    heights, widths = inside.any(axis=2).sum(axis=1), inside.any(axis=1).sum(axis=1)
    ratios = heights / widths
    assert np.median(ratios) == pytest.approx(4 / 3, abs=0.1)
    assert ratios.min() > 1.1
    assert ratios.max() < 1.6


def test_dermatoscope_views_differ_in_colour_but_not_much() -> None:
    height, width = AUGMENTATIONS["dermatoscope"].kept(SIZE)
    flat = np.full((64, height, width, 3), (180, 130, 120), np.uint8)
    colours = dermatoscope(flat, 5, 6).mean(axis=(1, 2))
    assert np.ptp(colours, axis=0).min() > 15
    assert np.abs(colours - (180, 130, 120)).max() < 50
    assert np.all(colours[:, 0] > colours[:, 1])


def test_colours_are_kept_where_every_draw_is_in_the_middle() -> None:
    images = ops.convert_to_tensor(noise().astype(np.float32))
    same = augmentation._recoloured(images, ops.full((6, len(images)), 0.5))
    assert np.allclose(same, images, atol=1e-3)


def test_other_cameras_differ_more_in_colour_and_not_in_geometry() -> None:
    height, width = AUGMENTATIONS["dermatoscope"].kept(SIZE)
    assert AUGMENTATIONS["other-cameras"].kept(SIZE) == (height, width)
    flat = np.full((64, height, width, 3), (180, 130, 120), np.uint8)
    draws = ops.convert_to_tensor(drawn(flat, 5, 6))
    views = [
        AUGMENTATIONS[name].views(ops.convert_to_tensor(flat), draws, SIZE)
        for name in ("dermatoscope", "other-cameras")
    ]
    near, far = (np.ptp(np.mean(view, axis=(1, 2)), axis=0) for view in views)
    assert np.all(far > 1.6 * near)


def test_in_other_colours_every_photograph_keeps_its_shapes_and_gets_a_colour_of_its_own() -> None:
    flat = np.full((64, 8, 8, 3), (180, 130, 120), np.uint8)
    recoloured = augmentation.in_other_colours(flat, seed=3)
    assert recoloured.dtype == np.uint8
    assert np.ptp(recoloured, axis=(1, 2)).max() == 0
    assert len(np.unique(recoloured[:, 0, 0], axis=0)) > 60
    assert np.abs(recoloured.mean(axis=0) - flat[0]).max() < 15
    assert np.array_equal(recoloured, augmentation.in_other_colours(flat, seed=3))
    assert not np.array_equal(recoloured, augmentation.in_other_colours(flat, seed=4))
