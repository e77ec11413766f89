"""Class maps: stored small, drawn where they belong."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from classifier import heatmap
from ml.class_maps import standing_out
from ml.labels import LABELS


def maps(
    height: int, width: int, seed: int = 0
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 3, (height, width, len(LABELS))).astype(np.float32)


# Stored


@pytest.mark.parametrize("shape", [(7, 7), (5, 9), (14, 14), (64, 64)])
def test_each_class_comes_back_scaled_to_its_peak_within_half_a_level(
    shape: tuple[int, int],
) -> None:
    written = maps(*shape)
    packed = heatmap.pack(written)
    for i, label in enumerate(LABELS):
        positive = standing_out(written)[..., i]
        heat = heatmap.unpack(packed, label)
        assert heat.shape == shape
        assert heat.max() == 255
        np.testing.assert_allclose(heat / 255, positive / positive.max(), atol=0.5 / 255 + 1e-6)


def test_a_class_that_nothing_speaks_for_is_empty() -> None:
    written = np.repeat(maps(7, 7)[..., :1], len(LABELS), axis=2)  # for all classes alike
    packed = heatmap.pack(written)
    assert all(heatmap.unpack(packed, label).max() == 0 for label in LABELS)


def test_maps_that_are_no_numbers_are_empty() -> None:
    packed = heatmap.pack(np.full((7, 7, len(LABELS)), np.nan, np.float32))
    assert all(heatmap.unpack(packed, label).max() == 0 for label in LABELS)


def test_an_unknown_class_has_no_map() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        heatmap.unpack(heatmap.pack(maps(7, 7)), "wart")


def test_maps_take_little_room_whatever_the_network() -> None:
    assert len(heatmap.pack(maps(7, 7))) < 1_000
    packed = heatmap.pack(maps(300, 120))
    assert heatmap.unpack(packed, "mel").shape == (heatmap.MAX_CELLS, heatmap.MAX_CELLS)
    assert len(packed) < 40_000


# Drawn


def one_hot_corner(top: bool, left: bool) -> heatmap.Heat:
    heat = np.zeros((7, 7), np.uint8)
    heat[0 if top else -1, 0 if left else -1] = 255
    return heat


@pytest.mark.parametrize("size", [(300, 120), (90, 400)])
@pytest.mark.parametrize("top", [True, False])
@pytest.mark.parametrize("left", [True, False])
def test_a_hot_corner_colours_that_corner_of_the_photograph_alone(
    size: tuple[int, int],
    top: bool,
    left: bool,
) -> None:
    grey = Image.new("RGB", size, (120, 120, 120))
    drawn = heatmap.overlay(grey, one_hot_corner(top, left))
    assert drawn.size == size
    width, height = size
    x, y = (2 if left else width - 3), (2 if top else height - 3)
    red, green, blue = drawn.getpixel((x, y))  # type: ignore[misc]
    assert red > 180
    assert max(green, blue) < 60
    # Two cells away, in both directions, nothing is coloured any more.
    cold = np.asarray(drawn).reshape(height, width, 3).copy()
    rows = slice(0, 3 * height // 7) if top else slice(4 * height // 7, None)
    columns = slice(0, 3 * width // 7) if left else slice(4 * width // 7, None)
    cold[rows, columns] = 120
    assert (cold == 120).all()


def test_warm_is_yellow_and_hot_is_red() -> None:
    black = Image.new("RGB", (70, 70))
    warm, hot = (
        heatmap.overlay(black, np.full((7, 7), level, np.uint8)).getpixel((35, 35))
        for level in (110, 255)
    )
    assert isinstance(warm, tuple)
    assert isinstance(hot, tuple)
    assert warm[0] > 90
    assert warm[1] > 80
    assert hot[0] > 130
    assert hot[1] == 0


def test_a_large_photograph_is_drawn_smaller_in_its_own_shape() -> None:
    drawn = heatmap.overlay(Image.new("RGB", (3000, 1000)), one_hot_corner(top=True, left=True))
    assert drawn.size == (heatmap.MAX_SIDE, 341)


def test_what_is_handed_out_is_a_png() -> None:
    with Image.open(io.BytesIO(heatmap.png(Image.new("RGB", (30, 20))))) as image:
        assert (image.format, image.size) == ("PNG", (30, 20))
