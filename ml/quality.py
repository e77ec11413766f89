"""Is the photograph sharp and well exposed? It warns and never blocks.

The limits were chosen on HAM10000's training folds: `python -m bench.image_quality`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image

BLURRED, TOO_DARK, TOO_BRIGHT = "blurred", "too_dark", "too_bright"
SENTENCES = {
    BLURRED: "The photograph looks blurred: a sharper one may be classified better.",
    TOO_DARK: "The photograph is very dark: a better lit one may be classified better.",
    TOO_BRIGHT: "The photograph is overexposed: one with less light may be classified better.",
}

LONG_SIDE = 400
"""Everything is measured at this size, in pixels: a photograph's own size says nothing."""
CLIPPED = 250
"""A grey level that is as good as white."""

MIN_SHARPNESS = 3e-4
MIN_LIGHT = 125.0
MAX_CLIPPED = 0.05


class Quality(NamedTuple):
    """What the warnings are given by."""

    sharpness: float
    """Variance of the Laplacian (Pech-Pacheco et al. 2000, doi:10.1109/ICPR.2000.903548) of the
    grey levels over their mean: the same scene in less light is as sharp."""
    light: float
    """The grey level, 0–255, that 95 % do not exceed: a dark lesion leaves some skin to see."""
    clipped: float
    """The share of grey levels from `CLIPPED` up."""


def warnings(photograph: Image.Image) -> list[str]:
    """Keys of `SENTENCES` for an RGB photograph; empty for a good one."""
    return found(measure(photograph))


def found(quality: Quality) -> list[str]:
    holds = {
        BLURRED: quality.sharpness < MIN_SHARPNESS,
        TOO_DARK: quality.light < MIN_LIGHT,
        TOO_BRIGHT: quality.clipped > MAX_CLIPPED,
    }
    return [code for code in SENTENCES if holds[code]]


def measure(photograph: Image.Image) -> Quality:
    scale = LONG_SIDE / max(photograph.size)
    width, height = (max(3, round(side * scale)) for side in photograph.size)
    # Grey first: one channel to resize instead of three.
    small = photograph.convert("L").resize(
        (width, height), Image.Resampling.BILINEAR, reducing_gap=2.0
    )
    shares = np.cumsum(small.histogram()) / (width * height)
    grey = np.asarray(small, np.float32)
    laplacian = (
        grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    )
    return Quality(
        sharpness=float(laplacian.var() / max(float(grey.mean()), 1.0) ** 2),
        light=float(np.searchsorted(shares, 0.95)),
        clipped=float(1 - shares[CLIPPED - 1]),
    )
