"""A photograph's colours and coarse texture as a few numbers, without a network."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ml.preprocessing import Pixels

GRID = 32
"""Cells in each direction: finer detail depends on the camera more than on what it shows."""
_FLOOR = 1e-3  # of the range 0–1: about a quarter of one of the 256 levels


def image_statistics(pixels: Pixels) -> npt.NDArray[np.float32]:
    """(n, 8) for uint8 (n, size, size, 3), `size` at least `GRID`.

    The mean of red, green and blue (0–1), then logarithms, so that very flat and very busy images
    lie equally far out: the standard deviation of the luminance and of two colour differences
    (R − G, G − B), and the mean step between neighbouring cells, down and across.
    """
    cells = _cells(pixels)
    luminance = cells.mean(axis=3, keepdims=True)
    spread = np.concatenate([luminance, cells[..., :2] - cells[..., 1:]], axis=3).std(axis=(1, 2))
    down, across = (np.abs(np.diff(luminance, axis=axis)).mean(axis=(1, 2)) for axis in (1, 2))
    logarithms = np.log(np.concatenate([spread, down, across], axis=1) + _FLOOR)
    return np.concatenate([cells.mean(axis=(1, 2)), logarithms], axis=1)


def _cells(pixels: Pixels) -> npt.NDArray[np.float32]:
    """Means over `GRID` × `GRID` cells, 0–1; what does not fill a cell at the rim is left out."""
    n, size = pixels.shape[:2]
    side = size // GRID
    whole = pixels[:, : side * GRID, : side * GRID].reshape(n, GRID, side, GRID, side, 3)
    means: npt.NDArray[np.float32] = whole.mean(axis=(2, 4), dtype=np.float32) / 255
    return means
