from __future__ import annotations

import numpy as np
import pytest

from ml.image_statistics import GRID, image_statistics

NOTHING = np.log(1e-3)


def test_a_flat_colour_has_its_means_and_no_texture() -> None:
    pixels = np.full((2, GRID, GRID, 3), (255, 51, 0), np.uint8)
    expected = [1, 0.2, 0] + [NOTHING] * 5
    assert image_statistics(pixels).tolist() == [pytest.approx(expected, abs=0.01)] * 2


def test_grey_columns_of_one_cell_step_across_and_not_down() -> None:
    """Black and white in turn: half the range from their mean, a whole step between any two."""
    pixels = np.zeros((1, 2 * GRID, 2 * GRID, 3), np.uint8)
    pixels[:, :, 2::4] = pixels[:, :, 3::4] = 255
    means, (spread, *chroma), (down, across) = np.split(image_statistics(pixels)[0], (3, 6))
    assert means.tolist() == pytest.approx([0.5] * 3)
    assert np.exp([spread, across]).tolist() == pytest.approx([0.5, 1], abs=0.002)
    assert [*chroma, down] == pytest.approx([NOTHING] * 3, abs=1e-4)


def test_a_red_half_differs_in_its_first_colour_difference_alone() -> None:
    pixels = np.zeros((1, GRID, GRID, 3), np.uint8)
    pixels[:, : GRID // 2, :, 0] = 255
    red_less_green, green_less_blue = np.exp(image_statistics(pixels)[0, 4:6])
    assert red_less_green == pytest.approx(0.5, abs=0.002)
    assert green_less_blue == pytest.approx(0.001, abs=1e-4)


def test_what_fills_no_whole_cell_is_left_out() -> None:
    pixels = np.full((1, GRID + 5, GRID + 5, 3), 90, np.uint8)
    pixels[:, GRID:] = pixels[:, :, GRID:] = 255
    assert image_statistics(pixels) == pytest.approx(image_statistics(pixels[:, :GRID, :GRID]))
