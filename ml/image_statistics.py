"""A photograph's colours and coarse texture as a few numbers, without a network."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ml.preprocessing import Pixels

GRID = 32
"""Cells in each direction: finer detail depends on the camera more than on what it shows."""
_BLACK = 1.0  # grey level: no photograph is divided by less
_FLOOR = 1e-3  # of the mean luminance: less than one grey level


def image_statistics(pixels: Pixels) -> npt.NDArray[np.float32]:
    """(n, 6) for uint8 (n, size, size, 3), `size` at least `GRID`.

    All are relative to the photograph's mean luminance, so that the same lesion in less light is
    the same lesion: `ml.quality` judges the light. The means of red and of blue; then logarithms,
    so that very flat and very busy images lie equally far out: the standard deviation of the
    luminance and of two colour differences (R − G, G − B), and the mean step between neighbouring
    cells, both directions alike, so that a turned photograph is no other.
    """
    cells = _cells(pixels)
    luminance = cells.mean(axis=3, keepdims=True)
    spread = np.concatenate([luminance, cells[..., :2] - cells[..., 1:]], axis=3).std(axis=(1, 2))
    down, across = (np.abs(np.diff(luminance, axis=axis)).mean(axis=(1, 2)) for axis in (1, 2))
    logarithms = np.log(np.concatenate([spread, (down + across) / 2], axis=1) + _FLOOR)
    return np.concatenate([cells.mean(axis=(1, 2))[:, ::2], logarithms], axis=1)


def _cells(pixels: Pixels) -> npt.NDArray[np.float32]:
    """Means over `GRID` × `GRID` cells, relative to the mean of all; what does not fill a cell at
    the rim is left out.
    """
    n, size = pixels.shape[:2]
    side = size // GRID
    whole = pixels[:, : side * GRID, : side * GRID]
    # Whole numbers, and first along the rows, which lie together in memory: much faster.
    rows = whole.reshape(n, GRID, side, side * GRID * 3).sum(axis=2, dtype=np.uint16)
    sums = rows.reshape(n, GRID, GRID, side, 3).sum(axis=3, dtype=np.uint32)
    means = sums.astype(np.float32) / side**2
    relative: npt.NDArray[np.float32] = means / np.maximum(
        means.mean(axis=(1, 2, 3), keepdims=True), _BLACK
    )
    return relative
