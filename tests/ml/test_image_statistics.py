from __future__ import annotations

import numpy as np
import pytest

from ml.image_statistics import GRID, image_statistics

NOTHING = np.log(1e-3)


def test_a_flat_colour_has_its_share_of_red_and_blue_and_no_texture() -> None:
    pixels = np.full((2, GRID, GRID, 3), (200, 100, 0), np.uint8)
    expected = [2, 0] + [NOTHING] * 4
    assert image_statistics(pixels).tolist() == [pytest.approx(expected, abs=0.01)] * 2


def test_grey_columns_of_one_cell() -> None:
    """0 and twice the mean in turn: a deviation of 1, steps of 2 across and none down."""
    pixels = np.zeros((1, 2 * GRID, 2 * GRID, 3), np.uint8)
    pixels[:, :, 2::4] = pixels[:, :, 3::4] = 180
    red, blue, spread, *chroma, step = image_statistics(pixels)[0]
    assert [red, blue] == pytest.approx([1, 1])
    assert np.exp([spread, step]).tolist() == pytest.approx([1, 1], abs=0.002)
    assert chroma == pytest.approx([NOTHING] * 2, abs=0.01)


def test_a_red_half_differs_in_its_first_colour_difference_alone() -> None:
    """Red is 6 or 0 times the mean luminance: a deviation of 3."""
    pixels = np.zeros((1, GRID, GRID, 3), np.uint8)
    pixels[:, : GRID // 2, :, 0] = 255
    red_less_green, green_less_blue = np.exp(image_statistics(pixels)[0, 3:5])
    assert red_less_green == pytest.approx(3, abs=0.01)
    assert green_less_blue == pytest.approx(0.001, abs=1e-4)


def test_less_light_and_a_turn_change_nothing() -> None:
    pixels = np.random.default_rng(0).integers(0, 120, (1, GRID, GRID, 3), dtype=np.uint8) * 2
    expected = pytest.approx(image_statistics(pixels), abs=1e-4)
    assert image_statistics(pixels // 2) == expected
    assert image_statistics(np.rot90(pixels, axes=(1, 2))) == expected


def test_black_has_no_texture() -> None:
    black = image_statistics(np.zeros((1, GRID, GRID, 3), np.uint8))[0]
    assert black.tolist() == pytest.approx([0, 0] + [NOTHING] * 4)


def test_what_fills_no_whole_cell_is_left_out() -> None:
    pixels = np.full((1, GRID + 5, GRID + 5, 3), 90, np.uint8)
    pixels[:, GRID:] = pixels[:, :, GRID:] = 255
    assert image_statistics(pixels) == pytest.approx(image_statistics(pixels[:, :GRID, :GRID]))
